"""One module per model of Keras that R drives."""
