"""Synthetic spines: phantom CTs whose masks, centroids, heights and densities are known by construction."""

from inference.synthesis.phantom import Phantom, PhantomSpec, demo_spec, fast_spec, make_phantom

__all__ = ["Phantom", "PhantomSpec", "demo_spec", "fast_spec", "make_phantom"]
