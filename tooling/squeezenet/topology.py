"""SqueezeNet 1.1 as a Keras 2 functional model, which is what TensorFlow.js reads.

Iandola et al., "SqueezeNet: AlexNet-level accuracy with 50x fewer parameters and <0.5MB model size",
arXiv:1602.07360; version 1.1 moves the pooling earlier and starts with 64 kernels of 3 x 3.
"""

INPUT_SIZE = 227  # pixels; the maps are then 113, 56, 28 and 14 wide

# name, filters of the squeeze layer, filters of each of the two expand layers
FIRE_MODULES = [
    ("fire2", 16, 64),
    ("fire3", 16, 64),
    ("fire4", 32, 128),
    ("fire5", 32, 128),
    ("fire6", 48, 192),
    ("fire7", 48, 192),
    ("fire8", 64, 256),
    ("fire9", 64, 256),
]

# The original pools with ceil mode. At 56 and 28 pixels, 'same' pads one row and column at the far end: equal.
POOL_BEHIND = {"fire3": "pool3", "fire5": "pool5"}


class Graph:
    def __init__(self):
        self.layers = []

    def add(self, class_name, name, inputs, **config):
        nodes = [[[source, 0, 0, {}] for source in inputs]] if inputs else []
        config = {"name": name, "trainable": True, **config}
        self.layers.append(
            {"class_name": class_name, "name": name, "config": config, "inbound_nodes": nodes}
        )
        return name

    def conv(self, name, source, filters, size, stride=1, padding="same"):
        return self.add(
            "Conv2D",
            name,
            [source],
            filters=filters,
            kernel_size=[size, size],
            strides=[stride, stride],
            padding=padding,
            data_format="channels_last",
            dilation_rate=[1, 1],
            activation="relu",
            use_bias=True,
            kernel_initializer={"class_name": "GlorotUniform", "config": {}},
            bias_initializer={"class_name": "Zeros", "config": {}},
        )

    def pool(self, name, source, padding):
        shape = {"pool_size": [3, 3], "strides": [2, 2], "padding": padding}
        return self.add("MaxPooling2D", name, [source], **shape, data_format="channels_last")

    def fire(self, name, source, squeeze, expand):
        squeezed = self.conv(f"{name}_squeeze1x1", source, squeeze, 1)
        narrow = self.conv(f"{name}_expand1x1", squeezed, expand, 1)
        wide = self.conv(f"{name}_expand3x3", squeezed, expand, 3)
        return self.add("Concatenate", f"{name}_concat", [narrow, wide], axis=-1)


def squeezenet():
    """The layers in order, each `{ class_name, name, config, inbound_nodes }`."""
    graph = Graph()
    shape = [None, INPUT_SIZE, INPUT_SIZE, 3]
    x = graph.add("InputLayer", "data", [], batch_input_shape=shape, dtype="float32", sparse=False)
    x = graph.conv("conv1", x, 64, 3, stride=2, padding="valid")
    x = graph.pool("pool1", x, "valid")
    for name, squeeze, expand in FIRE_MODULES:
        x = graph.fire(name, x, squeeze, expand)
        if name in POOL_BEHIND:
            x = graph.pool(POOL_BEHIND[name], x, "same")
    x = graph.conv("conv10", x, 1000, 1, padding="valid")
    x = graph.add("GlobalAveragePooling2D", "pool10", [x], data_format="channels_last")
    graph.add("Activation", "prob", [x], activation="softmax")
    return graph.layers


def model_config(layers):
    return {
        "class_name": "Model",
        "config": {
            "name": "squeezenet",
            "layers": layers,
            "input_layers": [[layers[0]["name"], 0, 0]],
            "output_layers": [[layers[-1]["name"], 0, 0]],
        },
    }
