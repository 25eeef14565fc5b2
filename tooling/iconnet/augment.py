"""Random changes to a batch of icons, on the device, the same for the same key."""
import jax
import jax.numpy as jnp
from jax.scipy.ndimage import map_coordinates


def _place(key, ink):  # [32, 32] -> [32, 32]: zoom each way, turn, shift, mirror
    k = jax.random.split(key, 6)
    zoom = jnp.exp(jax.random.uniform(k[0], (), minval=-0.35, maxval=0.25))
    stretch = jnp.exp(jax.random.uniform(k[1], (), minval=-0.12, maxval=0.12))
    angle = jax.random.normal(k[2]) * 0.1
    shift = jax.random.uniform(k[3], (2,), minval=-3.0, maxval=3.0)
    mirror = jnp.where(jax.random.bernoulli(k[4], 0.5), -1.0, 1.0)
    y, x = jnp.meshgrid(jnp.arange(32.0), jnp.arange(32.0), indexing="ij")
    y, x = y - 15.5 - shift[0], x - 15.5 - shift[1]
    cos, sin = jnp.cos(angle) / zoom, jnp.sin(angle) / zoom
    source_y = (cos * y + sin * x) * stretch + 15.5
    source_x = (cos * x - sin * y) * mirror / stretch + 15.5
    return map_coordinates(ink, [source_y, source_x], order=1, mode="constant", cval=0.0)


def _window(ink, kind):  # [n, 32, 32] -> [n, 32, 32]: strongest (max) or weakest (min) ink in a plus of five cells
    padded = jnp.pad(ink, ((0, 0), (1, 1), (1, 1)))
    views = [padded[:, 1:-1, 1:-1], padded[:, :-2, 1:-1], padded[:, 2:, 1:-1], padded[:, 1:-1, :-2], padded[:, 1:-1, 2:]]
    return kind(jnp.stack(views), axis=0)


@jax.jit
def augment(key, images):
    """[n, 32, 32, 1] with paper 0 and ink -1, likewise out: placed anew, strokes thicker or thinner, paler, inverted."""
    k = jax.random.split(key, 6)
    n = images.shape[0]
    ink = jax.vmap(_place)(jax.random.split(k[0], n), -images[..., 0])
    stroke = jax.random.uniform(k[1], (n, 1, 1), minval=-0.6, maxval=0.8)
    thicker, thinner = _window(ink, jnp.max), _window(ink, jnp.min)
    ink = ink + jnp.where(stroke > 0, stroke * (thicker - ink), stroke * (ink - thinner))
    ink = ink * jax.random.uniform(k[2], (n, 1, 1), minval=0.6, maxval=1.0)
    inverted = jax.random.bernoulli(k[3], 0.1, (n, 1, 1))
    return -jnp.where(inverted, 1.0 - ink, ink)[..., None]
