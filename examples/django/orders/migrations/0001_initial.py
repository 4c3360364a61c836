from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            name="Order",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False)),
                ("customer", models.CharField(max_length=100)),
                ("item", models.CharField(max_length=100, unique=True)),
                ("quantity", models.PositiveIntegerField(default=1)),
                ("state", models.CharField(default="open", max_length=20)),
            ],
        ),
    ]
