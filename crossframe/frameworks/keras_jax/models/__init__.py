"""One module for each model of Keras on JAX."""
