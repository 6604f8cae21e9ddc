#!/usr/bin/env python3
"""Times a recurrent layer in JAX, compiled by XLA for the CPU: the input's product as one, the recurrent one in a scan.

XLA takes every core that the process may use, so the process keeps to as many as there are threads.
"""

import os
import sys
from functools import partial

import layer

RATE, BETA_1, BETA_2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def main():
    shape = layer.parse(__doc__, ["train", "infer"], many_layers=True)
    if shape.lengths != "full" or shape.precision != "f32":
        sys.exit("this peer runs full lengths in f32")
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[: shape.threads])
    with layer.needed():
        import jax

    x = jax.random.normal(jax.random.PRNGKey(1), (shape.time, shape.batch, shape.input))
    call = {"train": training, "infer": inference}[shape.mode](shape, weights(shape), x)
    layer.measure(call, shape, f"jax {jax.__version__}")


def weights(shape):
    """For every layer and direction W_ih (I, G·H), W_hh (H, G·H) and the biases."""
    import jax

    directions, rows, bound = 2 if shape.bidirectional else 1, layer.GATES[shape.cell] * shape.hidden, shape.hidden**-0.5
    key = jax.random.PRNGKey(0)

    def draw(*size):
        nonlocal key
        key, own = jax.random.split(key)
        return jax.random.uniform(own, size, minval=-bound, maxval=bound)

    def one(width):
        return {"w_ih": draw(width, rows), "w_hh": draw(shape.hidden, rows), "b": draw(rows), "b_n": draw(shape.hidden)}

    widths = [shape.input] + [shape.hidden * directions] * (shape.layers - 1)
    return [[one(width) for _ in range(directions)] for width in widths]


def step(kind, w, state, a):
    """One step from the state (h, c) with the input's product `a`: the equations of PyTorch's cells."""
    import jax
    import jax.numpy as jnp

    h, c = state
    u = h @ w["w_hh"]
    if kind == "rnn":
        h = jnp.tanh(a + u)
    elif kind == "lstm":
        i, f, g, o = jnp.split(a + u, 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
    else:
        (a_r, a_z, a_n), (u_r, u_z, u_n) = jnp.split(a, 3, axis=-1), jnp.split(u, 3, axis=-1)
        z = jax.nn.sigmoid(a_z + u_z)
        n = jnp.tanh(a_n + jax.nn.sigmoid(a_r + u_r) * (u_n + w["b_n"]))
        h = n + z * (h - n)
    return (h, c), h


def forward(kind, stack, x):
    """Outputs of the last layer, (T, B, D·H)."""
    import jax
    import jax.numpy as jnp

    for directions in stack:
        outputs = []
        for number, w in enumerate(directions):
            zero = jnp.zeros((x.shape[1], w["w_hh"].shape[0]))
            scanned = jax.lax.scan(partial(step, kind, w), (zero, zero), x @ w["w_ih"] + w["b"], reverse=number == 1)
            outputs.append(scanned[1])
        x = jnp.concatenate(outputs, axis=-1)
    return x


def inference(shape, stack, x):
    import jax

    compiled = jax.jit(partial(forward, shape.cell))
    return lambda: compiled(stack, x).block_until_ready()


def training(shape, stack, x):
    """Gradient and Adam in one compiled function."""
    import jax
    import jax.numpy as jnp

    def loss(stack):
        return jnp.mean(forward(shape.cell, stack, x) ** 2)

    # What is given back takes the place of what was given.
    @partial(jax.jit, donate_argnums=(0, 1, 2))
    def update(stack, first, second, count):
        grads = jax.grad(loss)(stack)
        first = jax.tree.map(lambda m, g: BETA_1 * m + (1 - BETA_1) * g, first, grads)
        second = jax.tree.map(lambda v, g: BETA_2 * v + (1 - BETA_2) * g * g, second, grads)

        def moved(w, m, v):
            return w - RATE * (m / (1 - BETA_1**count)) / (jnp.sqrt(v / (1 - BETA_2**count)) + EPSILON)

        return jax.tree.map(moved, stack, first, second), first, second, count + 1

    carried = [stack, jax.tree.map(jnp.zeros_like, stack), jax.tree.map(jnp.zeros_like, stack), 1.0]

    def call():
        carried[:] = update(*carried)
        jax.block_until_ready(carried[0])

    return call


if __name__ == "__main__":
    main()
