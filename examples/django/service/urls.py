from django.urls import path

from orders import views

urlpatterns = [
    path("healthz", views.healthz),
    path("login", views.log_in),
    path("orders", views.orders),
    path("orders/<int:order_id>", views.order),
    path("orders/<int:order_id>/cancel", views.cancel),
]
