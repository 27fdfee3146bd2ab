"""Parameters of all of H2O's algorithms that cannot change a fit of crossframe, with the reason."""

from __future__ import annotations

from collections.abc import Mapping

from crossframe.settings.binding import Outside

FITTED_MODEL = Outside("data", "a fitted model to go on from")
COMPUTED = Outside("output", "computed beside the fit")

_COMMON = {
    ("training_frame", "validation_frame", "response_column", "ignored_columns"): Outside(
        "data", "rows and columns"
    ),
    ("weights_column", "offset_column", "fold_column"): Outside("data", "a column beside the features"),
    ("checkpoint",): FITTED_MODEL,
    ("model_id", "export_checkpoints_dir"): Outside("output", "where the model is kept"),
    (
        "keep_cross_validation_models",
        "keep_cross_validation_predictions",
        "keep_cross_validation_fold_assignment",
    ): Outside("output", "what is kept of the folds"),
    ("gainslift_bins", "auc_type", "max_confusion_matrix_size", "custom_metric_func"): COMPUTED,
    ("max_runtime_secs",): Outside("running", "a limit of time"),
}


def outside(algorithm: str, own: Mapping[tuple[str, ...], Outside]) -> dict[str, Outside]:
    """``algorithm.parameter`` -> why it is no setting, for the common parameters and the ``own`` ones."""
    return {f"{algorithm}.{name}": why for names, why in {**_COMMON, **own}.items() for name in names}
