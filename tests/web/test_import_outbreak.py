"""A line list makes its outbreak; ready mappings; large files in the worker; a run that was killed."""

from __future__ import annotations

import fcntl
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from procrastinate.contrib.django.models import ProcrastinateJob

from chainbreak.exchange import upload
from chainbreak.exchange.columns import KINDS as READ_KINDS
from chainbreak.exchange.store.kinds import KINDS
from chainbreak.governance.models import AuditEntry, ImportRun, SavedMapping
from chainbreak.investigation.models import Case, CaseReport, Outbreak
from chainbreak.jobs import tasks
from chainbreak.web import fields as field_words
from chainbreak.web import imports

from .test_imports import fields

TIANJIN = Path(__file__).resolve().parents[3] / "shared" / "data" / "tianjin_2020" / "linelist.csv"
TABLE = "编号,性别,年龄,发病日期,报告日期,分类\nA1,1,34,2022-04-01,2022-04-02,确诊\nA2,2,40,2022-04-03,2022-04-04,无症状感染\n"
NEW = {
    "outbreak": "+", "new-code": "XC-1", "new-name_zh": "新城疫情", "new-name_en": "New town", "new-area": "411188",
    "new-rule_pack": "covid19-cn-v8", "new-detected_at": "2022-04-02T08:00",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _here(settings, tmp_path, client):
    settings.MEDIA_ROOT = tmp_path
    client.cookies["chainbreak_language"] = "en"


def send(client, content: bytes, **said):
    file = SimpleUploadedFile("cases.csv", content)
    return client.post("/imports/", {"kind": "linelist", "outbreak": "", "file": file, **said})


def sent(client, content: bytes = TABLE.encode(), **said) -> tuple[str, dict[str, str]]:
    answer = send(client, content, **said)
    assert answer.status_code == 302, answer.content.decode()[-1500:]
    where = answer["Location"]
    return where, fields(client.get(where).content.decode())


def kept(where: str, settings) -> upload.Upload:
    return upload.find(Path(settings.MEDIA_ROOT) / "imports", where.rstrip("/").split("/")[-1])


def test_a_line_list_makes_its_outbreak_with_its_first_rows(client, sign_in):
    user = sign_in("epidemiology_lead")
    page = client.get("/imports/").content.decode()
    assert "ready:tianjin_2020" in page
    where, chosen = sent(client, **NEW)
    tried = client.post(where, {**chosen, "deed": "try"}).content.decode()
    assert "What would become of the rows" in tried
    assert not Outbreak.objects.exists(), "a trial leaves no outbreak"
    taken = client.post(where, {**chosen, "deed": "run"})
    assert taken.status_code == 302
    made = Outbreak.objects.get()
    assert (made.code, made.name_zh, made.name_en) == ("XC-1", "新城疫情", "New town")
    assert (made.disease, made.rule_pack, made.area_code) == ("covid19", "covid19-cn-v8", "411188")
    assert made.detected_at.isoformat() == "2022-04-02T00:00:00+00:00"
    assert Case.objects.filter(outbreak=made).count() == 2
    assert AuditEntry.objects.filter(act="outbreak.made", actor=user).count() == 1
    assert client.get("/?outbreak=XC-1").status_code == 200


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"new-code": "LY"}, "outbreak_exists"),
        ({"new-code": "../x"}, "bad_outbreak_code"),
        ({"new-code": ""}, "bad_outbreak_code"),
        ({"new-area": "here"}, "bad_area"),
        ({"new-rule_pack": "nonsense"}, "unknown_rule_pack"),
        ({"new-detected_at": "soon"}, "bad_as_of"),
        ({"mapping": "ready:nonsense"}, "mapping_gone"),
        ({"mapping": "99"}, "mapping_gone"),
        ({"mapping": "ready:tianjin_2020", "kind": "areas"}, "mapping_of_other_kind"),
    ],
)
def test_what_cannot_be_an_outbreak_or_a_mapping_is_refused_and_the_file_goes(
    client, outbreak, sign_in, settings, said, code
):
    sign_in("epidemiology_lead")
    answer = send(client, TABLE.encode(), **{**NEW, **said})
    assert answer.status_code in (400, 404, 409)
    page = answer.content.decode()
    assert f"<code>{code}</code>" in page
    assert "%(" not in page
    assert not list(Path(settings.MEDIA_ROOT).glob("imports/*/state.json"))


@pytest.mark.skipif(not TIANJIN.exists(), reason="the data set is not there")
def test_a_ready_mapping_describes_the_outbreak_and_reads_the_sender_s_words(client, sign_in):
    sign_in("epidemiology_lead")
    where, chosen = sent(client, TIANJIN.read_bytes(), outbreak="+", mapping="ready:tianjin_2020")
    assert chosen["day_first"] == "yes"
    taken = client.post(where, {**chosen, "deed": "run"})
    assert taken.status_code == 302, taken.content.decode()[-3000:]
    made = Outbreak.objects.get()
    assert (made.code, made.name_zh) == ("TJ2020", "天津2020")
    assert Case.objects.filter(outbreak=made).count() == 135
    run = ImportRun.objects.get()
    assert run.mapping["mapping"]["linelist"]["constants"] == {"classification": "confirmed"}


def test_a_saved_mapping_keeps_the_words_of_its_sender(client, outbreak, sign_in):
    sign_in("epidemiology_lead")
    columns = {
        "编号": "external_id",
        "性别": "sex",
        "发病日期": "onset_date",
        "报告日期": "reported_at",
        "分类": "classification",
    }
    saved = SavedMapping.objects.create(
        name="county", kind="linelist", data={"columns": columns, "values": {"sex": {"1": "male", "2": "female"}}},
        at=outbreak.detected_at,
    )  # fmt: skip
    where, chosen = sent(client, outbreak="LY", mapping=str(saved.pk))
    assert [chosen[f"column-{n}"] for n in range(6)] == [
        "external_id", "sex", "-", "onset_date", "reported_at", "classification",
    ]  # fmt: skip
    client.post(where, {**chosen, "deed": "run"})
    taken = Case.objects.filter(external_id__in=["A1", "A2"]).order_by("external_id")
    assert [case.person.sex for case in taken] == ["M", "F"]


def test_a_large_file_is_tried_and_taken_in_by_the_worker(client, outbreak, sign_in, settings, monkeypatch):
    monkeypatch.setattr(imports, "SYNCHRONOUS", 10)
    sign_in("epidemiology_lead")
    where, chosen = sent(client, outbreak="LY")
    token = kept(where, settings).token

    assert client.post(where, {**chosen, "deed": "try"})["Location"] == where
    assert "The file waits for the worker" in client.get(where).content.decode()
    assert [job.args for job in ProcrastinateJob.objects.filter(task_name="take_in")] == [{"token": token}]
    tasks.take_in(token)
    tried = client.get(where).content.decode()
    assert "What would become of the rows" in tried
    assert not CaseReport.objects.filter(case__external_id="A1").exists()

    client.post(where, {**chosen, "deed": "run"})
    tasks.take_in(token)
    tasks.take_in(token)
    assert ImportRun.objects.count() == 1, "a second run of the job does nothing"
    assert client.get(where)["Location"] == f"/imports/{ImportRun.objects.get().pk}/"
    assert CaseReport.objects.filter(case__external_id="A1").exists()


def test_what_the_worker_cannot_read_is_said_on_the_page_in_its_language(
    client, outbreak, sign_in, settings, monkeypatch
):
    monkeypatch.setattr(imports, "SYNCHRONOUS", 10)
    sign_in("epidemiology_lead")
    where, chosen = sent(client, outbreak="LY")
    client.post(where, {**chosen, "deed": "run"})
    state = kept(where, settings)
    state.path.write_bytes(b"%PDF-1.7 no table at all")
    tasks.take_in(state.token)
    assert kept(where, settings).state == "failed"
    assert "PDF" in client.get(where).content.decode()
    assert not ImportRun.objects.exists()


def test_a_run_that_was_killed_says_so_and_can_be_run_again(client, outbreak, sign_in, settings):
    sign_in("epidemiology_lead")
    where, chosen = sent(client, outbreak="LY")
    state = kept(where, settings)
    state.state, state.deed, state.began = "running", "run", "2022-04-05T00:00:00+00:00"
    state.write()
    with open(state.folder / "lock", "a") as file:  # as a living process holds it
        fcntl.flock(file, fcntl.LOCK_EX)
        assert "is being taken in" in client.get(where).content.decode()
        again = client.post(where, {**chosen, "deed": "run"})
        assert "is being taken in" in again.content.decode()
    page = client.get(where).content.decode()
    assert "The import was interrupted" in page
    assert "Nothing was taken in" in page
    assert kept(where, settings).state == "failed"
    assert client.post(where, {**chosen, "deed": "run"}).status_code == 302
    assert ImportRun.objects.get().created == 2


def test_a_run_that_was_killed_after_its_end_is_known_as_done(client, outbreak, sign_in, settings):
    sign_in("epidemiology_lead")
    where, chosen = sent(client, outbreak="LY")
    client.post(where, {**chosen, "deed": "run"})
    state = kept(where, settings)
    state.state, state.run = "running", None  # the last word was never written
    state.write()
    assert client.get(where)["Location"] == f"/imports/{ImportRun.objects.get().pk}/"


@pytest.mark.parametrize(
    ("language", "words"), [("zh-hans", "来文病例编号 * (必填)"), ("en", "case number of the sender * (needed)")]
)
def test_the_fields_are_in_words_and_the_needed_ones_marked(client, outbreak, sign_in, language, words):
    client.cookies["chainbreak_language"] = language
    sign_in("epidemiology_lead")
    where, _chosen = sent(client, b"x,y\n1,2\n", outbreak="LY")
    page = client.get(where).content.decode()
    assert words in page
    assert 'id="missing"' in page


def test_every_field_has_words():
    there = {column.name for kind in KINDS.values() for column in kind.all_columns()}
    there |= {one.name for kind in ("linelist", "contacts") for one in READ_KINDS[kind]}
    assert there <= set(field_words.FIELDS)
