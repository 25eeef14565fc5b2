"""Uses OpenAI's own Python client, unmodified, against a Graft server: python openai_client.py URL PHOTOS.zip [KEY]"""

import json
import sys
import time

import openai

url, photos, *key = sys.argv[1:]
client = openai.OpenAI(base_url=f"{url}/v1", api_key=(key or ["any"])[0], max_retries=0)

with open(photos, "rb") as zipped:
    uploaded = client.files.create(file=zipped, purpose="fine-tune")
assert client.files.retrieve(uploaded.id).bytes == uploaded.bytes
assert uploaded.id in [file.id for file in client.files.list()]
assert len(client.files.content(uploaded.id).read()) == uploaded.bytes

job = client.fine_tuning.jobs.create(
    model="iconnet", training_file=uploaded.id, suffix="from-python", hyperparameters={"n_epochs": 3}, seed=7
)
assert job.object == "fine_tuning.job" and job.seed == 7 and job.hyperparameters.n_epochs == 3
assert job.id in [listed.id for listed in client.fine_tuning.jobs.list(limit=5)]

second = client.fine_tuning.jobs.create(model="iconnet", training_file=uploaded.id)
assert client.fine_tuning.jobs.pause(second.id).id == second.id
while client.fine_tuning.jobs.retrieve(second.id).status != "paused":
    time.sleep(0.1)
client.fine_tuning.jobs.resume(second.id)
client.fine_tuning.jobs.cancel(second.id)

while job.status not in ("succeeded", "failed", "cancelled"):
    time.sleep(0.2)
    job = client.fine_tuning.jobs.retrieve(job.id)
assert job.status == "succeeded", job
while client.fine_tuning.jobs.retrieve(second.id).status != "cancelled":
    time.sleep(0.1)

events = list(client.fine_tuning.jobs.list_events(job.id, limit=10))  # the client turns the pages itself
assert events[-1].message and len({event.id for event in events}) == len(events) > 3
checkpoint = client.fine_tuning.jobs.checkpoints.list(job.id).data[0]
assert checkpoint.fine_tuned_model_checkpoint == job.fine_tuned_model

for wrong, kind in [
    (lambda: client.fine_tuning.jobs.retrieve("ftjob-none"), openai.NotFoundError),
    (lambda: client.fine_tuning.jobs.create(model="no-such", training_file=uploaded.id), openai.NotFoundError),
    (lambda: client.files.create(file=("x.zip", b"PK nothing"), purpose="fine-tune"), openai.UnprocessableEntityError),
    (lambda: client.files.create(file=("x.zip", b"PK"), purpose="batch"), openai.BadRequestError),
]:
    try:
        wrong()
        raise SystemExit(f"expected {kind.__name__}")
    except kind as error:
        assert "Expected" in str(error) and error.code and error.type, error

assert client.files.delete(uploaded.id).deleted
print(json.dumps({"client": openai.__version__, "events": len(events), "model": job.fine_tuned_model}))
