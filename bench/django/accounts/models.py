from django.db import models


class Account(models.Model):
    """A row of the table that the applications in Node.js change, too."""

    id = models.IntegerField(primary_key=True)
    owner = models.TextField()
    balance = models.BigIntegerField()
    version = models.BigIntegerField()

    class Meta:
        managed = False
        db_table = "accounts"
