"""A frozen release is held by the database: nothing in it is added, changed or taken away.

What may still change of a frozen release row: which job built it, and the time of the change.
"""

from django.db import migrations

CHILDREN = ("releases_releasepatient", "releases_releaseitem", "releases_releasefile")
KEPT = (
    "project_id",
    "version",
    "title",
    "notes",
    "licence",
    "terms",
    "state",
    "fractions",
    "seed",
    "embargo_until",
    "open_test_images",
    "manifest",
    "manifest_sha256",
    "frozen_at",
    "created_by_id",
)
MESSAGE = "a frozen release does not change"


def sqlite_statements(kept):
    changed = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in kept)
    yield (
        "CREATE TRIGGER frozen_release_update BEFORE UPDATE ON releases_release "
        f"WHEN OLD.state = 'frozen' AND ({changed}) BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )
    yield (
        "CREATE TRIGGER frozen_release_delete BEFORE DELETE ON releases_release "
        f"WHEN OLD.state = 'frozen' BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )
    for table in CHILDREN:
        for action, rows in (("INSERT", ("NEW",)), ("UPDATE", ("OLD", "NEW")), ("DELETE", ("OLD",))):
            frozen = " OR ".join(
                f"(SELECT state FROM releases_release WHERE id = {row}.release_id) = 'frozen'" for row in rows
            )
            yield (
                f"CREATE TRIGGER frozen_{table}_{action.lower()} BEFORE {action} ON {table} "
                f"WHEN {frozen} BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
            )


def sqlite_names():
    yield "frozen_release_update", "releases_release"
    yield "frozen_release_delete", "releases_release"
    for table in CHILDREN:
        for action in ("insert", "update", "delete"):
            yield f"frozen_{table}_{action}", table


def postgres_statements(kept):
    changed = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in kept)
    yield f"""
        CREATE FUNCTION releases_keep_frozen() RETURNS trigger AS $$
        BEGIN
            IF OLD.state = 'frozen' AND (TG_OP = 'DELETE' OR {changed}) THEN
                RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$ LANGUAGE plpgsql
    """
    yield (
        "CREATE TRIGGER frozen_release BEFORE UPDATE OR DELETE ON releases_release "
        "FOR EACH ROW EXECUTE FUNCTION releases_keep_frozen()"
    )
    yield f"""
        CREATE FUNCTION releases_keep_frozen_part() RETURNS trigger AS $$
        BEGIN
            IF TG_OP <> 'INSERT' AND EXISTS (
                SELECT 1 FROM releases_release WHERE id = OLD.release_id AND state = 'frozen'
            ) THEN
                RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF TG_OP <> 'DELETE' AND EXISTS (
                SELECT 1 FROM releases_release WHERE id = NEW.release_id AND state = 'frozen'
            ) THEN
                RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
            RETURN NEW;
        END $$ LANGUAGE plpgsql
    """
    for table in CHILDREN:
        yield (
            f"CREATE TRIGGER frozen_{table} BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION releases_keep_frozen_part()"
        )


def create(apps, schema_editor, kept=KEPT):
    """Of these columns of a release; a later migration has more."""
    if schema_editor.connection.vendor == "sqlite":
        statements = sqlite_statements(kept)
    else:
        statements = postgres_statements(kept)
    with schema_editor.connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def drop(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        if schema_editor.connection.vendor == "sqlite":
            for name, _ in sqlite_names():
                cursor.execute(f"DROP TRIGGER IF EXISTS {name}")
        else:
            cursor.execute("DROP FUNCTION IF EXISTS releases_keep_frozen() CASCADE")
            cursor.execute("DROP FUNCTION IF EXISTS releases_keep_frozen_part() CASCADE")


class Migration(migrations.Migration):
    dependencies = [("releases", "0002_embargo_and_errata")]

    operations = [migrations.RunPython(create, drop)]
