from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.home),
    path("update", views.update),
]
