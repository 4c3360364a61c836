from django.db import models


class Order(models.Model):
    customer = models.CharField(max_length=100)
    item = models.CharField(max_length=100, unique=True)
    quantity = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=20, default="open")
