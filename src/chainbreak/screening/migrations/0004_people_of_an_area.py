"""People by the beginning of their area's code: whoever was missed in one township is found without reading the city."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("screening", "0003_swabkeys"), ("registry", "0001_initial")]
    operations = [
        migrations.RunSQL(
            'CREATE INDEX IF NOT EXISTS registry_person_area ON registry_person (area_code COLLATE "C", id)',
            "DROP INDEX IF EXISTS registry_person_area",
        )
    ]
