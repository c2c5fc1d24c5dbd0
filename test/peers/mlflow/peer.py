"""Logs to and reads from a real MLflow server with its own client.

The first argument is what to do, the second the address of the server. What is
to be known is printed as one JSON object.
"""

import json
import os
import sys

import mlflow
from mlflow.entities import Metric
from mlflow.models import infer_signature
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

ACT, URI = sys.argv[1], sys.argv[2]
mlflow.set_tracking_uri(URI)
client = mlflow.MlflowClient()


def log():
    mlflow.set_experiment("cards")
    frame = load_iris(as_frame=True).frame
    x, y = frame.drop(columns="target"), frame["target"]
    model = LogisticRegression(C=0.5, max_iter=50).fit(x, y)
    with mlflow.start_run(run_name="iris run") as run:
        mlflow.log_params({"C": 0.5, "max_iter": 50, "solver": "lbfgs"})
        for start in range(0, 1500, 500):
            client.log_batch(run.info.run_id, [Metric("train_loss", 2.0 - step / 1024, 0, step) for step in range(start, start + 500)])
        mlflow.log_metric("accuracy", model.score(x, y))
        mlflow.log_metric("val_f1", 0.75, step=7)
        mlflow.log_metric("nothing", float("nan"))
        mlflow.log_metric("endless", float("inf"))
        mlflow.set_tags({"license": "mit", "team": "blue", "mlflow.note.content": "Trained on *Iris*."})
        mlflow.log_input(mlflow.data.from_pandas(frame, source="https://example.org/iris.csv", name="iris"), context="training")
        mlflow.log_input(mlflow.data.from_pandas(frame.head(50), name="iris-test"), context="testing")
        mlflow.sklearn.log_model(model, name="model", signature=infer_signature(x, model.predict(x)), registered_model_name="iris")
        mlflow.sklearn.log_model(model, name="model", registered_model_name="iris")
    client.update_model_version("iris", "1", description="The first one.")
    client.set_registered_model_alias("iris", "champion", "1")
    client.set_model_version_tag("iris", "1", "language", "en")
    print(json.dumps({"run": run.info.run_id, "accuracy": model.score(x, y)}))


def read():
    version = client.get_model_version("iris", "1")
    where = client.download_artifacts(version.run_id, "model_card/README.md", os.environ["OUT"])
    with open(where, encoding="utf-8") as f:
        print(json.dumps({"description": version.description, "tags": version.tags, "artifact": f.read()}))


def rerun():
    """Logs another value for a metric that is there."""
    client.log_metric(sys.argv[3], "accuracy", 0.25, step=9)
    print("{}")


{"log": log, "read": read, "rerun": rerun}[ACT]()
