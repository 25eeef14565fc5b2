"""Asks a graft-server through the unmodified tritonclient (PyPI) and checks every answer.

    python triton.py HOST:PORT MODEL PICTURE

The model must take pictures and answer labels. Exit code 0: all was as the Open Inference Protocol says.
"""

import base64
import sys

import numpy as np
import tritonclient.http as triton
from tritonclient.utils import InferenceServerException


def main(server: str, model: str, picture: str) -> None:
    client = triton.InferenceServerClient(server, concurrency=2)
    check_server(client, model)
    metadata = client.get_model_metadata(model)
    assert metadata["versions"] == ["1"], metadata
    assert metadata == client.get_model_metadata(model, model_version="1")
    with open(picture, "rb") as file:
        encoded = file.read()
    by_picture = check_pictures(client, metadata, encoded)
    check_numbers(client, metadata)
    check_classes(client, metadata, encoded, by_picture)
    check_many_at_once(client, metadata, encoded, by_picture)
    check_errors(client, metadata)
    print("ok")


def check_server(client: triton.InferenceServerClient, model: str) -> None:
    assert client.is_server_live()
    assert client.is_server_ready()
    assert client.is_model_ready(model)
    assert client.is_model_ready(model, "1")
    assert not client.is_model_ready("no-such-model")
    assert "binary_tensor_data" in client.get_server_metadata()["extensions"]
    index = client.get_model_repository_index()
    assert {"name": model, "version": "1", "state": "READY", "reason": ""} in index, index


def check_pictures(client, metadata, encoded: bytes) -> np.ndarray:
    """The picture in binary form and as base64 within JSON; answers in both forms."""
    name, output = metadata["inputs"][0]["name"], metadata["outputs"][0]["name"]
    units = metadata["outputs"][0]["shape"][1]
    binary = triton.InferInput(name, [2], "BYTES")
    binary.set_data_from_numpy(np.array([encoded, encoded], dtype=np.object_))
    text = triton.InferInput(name, [2], "BYTES")
    in_base64 = base64.b64encode(encoded)
    text.set_data_from_numpy(np.array([in_base64, in_base64], dtype=np.object_), binary_data=False)
    answers = []
    for given in (binary, text):
        for asked in (None, [triton.InferRequestedOutput(output, binary_data=False)]):
            result = client.infer(metadata["name"], [given], outputs=asked, request_id="my id")
            assert result.get_response()["id"] == "my id"
            assert result.get_response()["model_name"] == metadata["name"]
            assert result.get_response()["model_version"] == "1"
            assert result.get_output(output)["datatype"] == "FP32"
            answers.append(result.as_numpy(output))
    for answer in answers:
        assert answer.shape == (2, units), answer.shape
        assert answer.dtype == np.float32
        np.testing.assert_allclose(answer, answers[0], atol=1e-5)
    return answers[0]


def check_numbers(client, metadata) -> None:
    """The same values as every datatype give the same answer, in binary form and within JSON."""
    name, output = metadata["inputs"][0]["name"], metadata["outputs"][0]["name"]
    shape = [1] + metadata["inputs"][0]["shape"][1:]
    whole = np.random.default_rng(1).integers(0, 100, shape)
    types = {
        "FP32": np.float32,
        "FP64": np.float64,
        "INT8": np.int8,
        "INT16": np.int16,
        "INT32": np.int32,
        "INT64": np.int64,
        "UINT8": np.uint8,
        "UINT16": np.uint16,
        "UINT32": np.uint32,
        "UINT64": np.uint64,
    }
    answers = []
    for datatype, numpy_type in types.items():
        given = triton.InferInput(name, shape, datatype)
        given.set_data_from_numpy(whole.astype(numpy_type))
        answers.append(client.infer(metadata["name"], [given]).as_numpy(output))
    given = triton.InferInput(name, shape, "FP32")
    given.set_data_from_numpy(whole.astype(np.float32), binary_data=False)
    answers.append(client.infer(metadata["name"], [given], model_version="1").as_numpy(output))
    for answer in answers:
        np.testing.assert_allclose(answer, answers[0], atol=1e-5)


def check_classes(client, metadata, encoded: bytes, outputs: np.ndarray) -> None:
    name, output = metadata["inputs"][0]["name"], metadata["outputs"][0]["name"]
    given = triton.InferInput(name, [1, 1], "BYTES")
    given.set_data_from_numpy(np.array([[encoded]], dtype=np.object_))
    for binary in (True, False):
        asked = [triton.InferRequestedOutput(output, binary_data=binary, class_count=2)]
        classes = client.infer(metadata["name"], [given], outputs=asked).as_numpy(output)
        assert classes.shape == (1, 2), classes
        text = classes[0][0].decode() if binary else classes[0][0]
        score, index, label = text.split(":", 2)
        assert int(index) == int(np.argmax(outputs[0])), text
        assert abs(float(score) - float(np.max(outputs[0]))) < 1e-5, text
        assert label, text


def check_many_at_once(client, metadata, encoded: bytes, outputs: np.ndarray) -> None:
    name, output = metadata["inputs"][0]["name"], metadata["outputs"][0]["name"]
    given = triton.InferInput(name, [1], "BYTES")
    given.set_data_from_numpy(np.array([encoded], dtype=np.object_))
    coming = [client.async_infer(metadata["name"], [given], request_id=str(n)) for n in range(8)]
    for n, request in enumerate(coming):
        result = request.get_result()
        assert result.get_response()["id"] == str(n)
        np.testing.assert_allclose(result.as_numpy(output), outputs[:1], atol=1e-5)


def check_errors(client, metadata) -> None:
    name = metadata["inputs"][0]["name"]
    shape = [1] + metadata["inputs"][0]["shape"][1:]
    numbers = np.zeros(shape, dtype=np.float32)

    def given(name: str = name, values: np.ndarray = numbers) -> list:
        tensor = triton.InferInput(name, list(values.shape), "FP32")
        tensor.set_data_from_numpy(values)
        return [tensor]

    no_picture = triton.InferInput(name, [1], "BYTES")
    no_picture.set_data_from_numpy(np.array([b"no picture"], dtype=np.object_))
    model = metadata["name"]
    expect("404", lambda: client.get_model_metadata("no-such-model"))
    expect("404", lambda: client.infer("no-such-model", given()))
    expect("404", lambda: client.infer(model, given(), model_version="2"))
    expect("400", lambda: client.infer(model, given("other")))
    expect("400", lambda: client.infer(model, given(), outputs=[triton.InferRequestedOutput("other")]))
    expect("400", lambda: client.infer(model, given(values=numbers * np.nan)))
    expect("422", lambda: client.infer(model, given(values=numbers[:, 1:])))
    expect("422", lambda: client.infer(model, [no_picture]))


def expect(status: str, call) -> None:
    """The client prints a useful message, and knows the status."""
    try:
        call()
    except InferenceServerException as error:
        assert error.status() == status, (error.status(), error.message())
        assert str(error).startswith(f"[{status}] Expected "), error.message()
        return
    raise AssertionError(f"expected an error of status {status}")


if __name__ == "__main__":
    main(*sys.argv[1:])
