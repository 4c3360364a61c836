import json

from django.contrib.auth import authenticate, login
from django.db import IntegrityError, connection
from django.http import HttpResponse, JsonResponse
from django.views.decorators.http import require_http_methods

from .models import Order


def healthz(request):
    return JsonResponse({"ok": True})


@require_http_methods(["POST"])
def log_in(request):
    given = json.loads(request.body)
    user = authenticate(request, username=given["name"], password=given["password"])
    if user is None:
        return JsonResponse({"error": "name or password is wrong"}, status=401)
    login(request, user)
    return HttpResponse(status=204)


def for_users(view):
    def checked(request, *args, **kwargs):
        if not request.user.is_authenticated:
            return JsonResponse({"error": "who are you?"}, status=401)
        return view(request, *args, **kwargs)

    return checked


@for_users
@require_http_methods(["GET", "POST"])
def orders(request):
    if request.method == "GET":
        return JsonResponse({"orders": list(Order.objects.values())})
    given = json.loads(request.body)
    try:
        order = Order.objects.create(
            customer=request.user.username, item=given["item"], quantity=given.get("quantity", 1)
        )
    except IntegrityError:
        return JsonResponse({"error": "this item is ordered already"}, status=409)
    return JsonResponse({"id": order.id}, status=201)


@for_users
@require_http_methods(["PATCH", "DELETE"])
def order(request, order_id):
    found = Order.objects.filter(id=order_id)
    if request.method == "DELETE":
        changed, _ = found.delete()
    else:
        changed = found.update(quantity=json.loads(request.body)["quantity"])
    return HttpResponse(status=204 if changed else 404)


@for_users
@require_http_methods(["POST"])
def cancel(request, order_id):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE orders_order SET state = 'cancelled' WHERE id = %s", [order_id])
        return HttpResponse(status=204 if cursor.rowcount else 404)
