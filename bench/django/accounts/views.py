from itertools import count

from django.http import JsonResponse

from .models import Account

ACCOUNTS = 1000

served = count(1)


def home(request):
    return JsonResponse({"ok": True})


def update(request):
    if not request.user.is_authenticated:
        return JsonResponse({"error": "who are you?"}, status=401)
    number = next(served)
    account = Account.objects.get(id=number % ACCOUNTS + 1)
    account.balance = number
    account.version += 1
    account.save(update_fields=["balance", "version"])
    return JsonResponse({"id": account.id})
