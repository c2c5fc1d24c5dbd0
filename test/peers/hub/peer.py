"""Reads and writes a Hub with the real huggingface_hub.

HF_ENDPOINT names the Hub. The argument is what to do; the answer is one JSON
object.
"""

import json
import sys

from huggingface_hub import HfApi, ModelCard, get_safetensors_metadata
from huggingface_hub.errors import HfHubHTTPError

ACT, REPO = sys.argv[1], sys.argv[2]
api = HfApi()


def read():
    info = api.model_info(REPO)
    card = ModelCard.load(REPO)
    print(json.dumps({"sha": info.sha, "content": card.content, "data": card.data.to_dict(), "files": [s.rfilename for s in info.siblings]}))


def write():
    done = api.upload_file(path_or_fileobj=sys.argv[3].encode(), path_in_repo="README.md", repo_id=REPO, commit_message="By hand", parent_commit=sys.argv[4] or None)
    print(json.dumps({"oid": done.oid}))


def pull():
    done = ModelCard(sys.argv[3]).push_to_hub(REPO, create_pr=True)
    print(json.dumps({"url": done.pr_url}))


def stale():
    try:
        api.upload_file(path_or_fileobj=b"x", path_in_repo="README.md", repo_id=REPO, parent_commit="0" * 40)
        print(json.dumps({"status": 200}))
    except HfHubHTTPError as e:
        print(json.dumps({"status": e.response.status_code}))


def weights():
    metadata = get_safetensors_metadata(REPO)
    print(json.dumps({"parameters": sum(metadata.parameter_count.values())}))


{"read": read, "write": write, "pull": pull, "stale": stale, "weights": weights}[ACT]()
