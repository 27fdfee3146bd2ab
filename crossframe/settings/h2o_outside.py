"""Parameters of H2O's GLM and deep learning that cannot change what is fitted here, and why."""

from __future__ import annotations

from crossframe.settings.base import Outside

_OTHER_FAMILY = Outside("other", "other families only; those of a yes or no have no such parameter")
_UNBALANCED = Outside("other", "taken and not used: the GLM balances no classes, by the server's own word")
_CONSTRAINED = Outside("other", "used only with linear_constraints, which are not handed over here")
_FOLDS_KEPT = Outside("output", "what is kept of the folds")

_GLM: dict[str, Outside] = {
    f"glm.{name}": why
    for names, why in {
        ("training_frame", "validation_frame", "response_column", "ignored_columns"): Outside(
            "data", "rows and columns"
        ),
        ("weights_column", "offset_column", "fold_column"): Outside("data", "a column beside the features"),
        ("interactions", "interaction_pairs"): Outside("data", "makes further columns of the named ones"),
        ("control_variables", "remove_offset_effects"): Outside(
            "data", "names columns whose part is left out of the scores"
        ),
        ("checkpoint",): Outside("data", "a fitted model to go on from"),
        ("model_id", "export_checkpoints_dir"): Outside("output", "where the model is kept"),
        (
            "keep_cross_validation_models",
            "keep_cross_validation_predictions",
            "keep_cross_validation_fold_assignment",
        ): _FOLDS_KEPT,
        (
            "generate_scoring_history",
            "generate_variable_inflation_factors",
            "influence",
            "calc_like",
            "gainslift_bins",
            "auc_type",
            "max_confusion_matrix_size",
            "custom_metric_func",
        ): Outside("output", "computed beside the fit"),
        ("max_runtime_secs",): Outside("running", "a limit of time"),
        ("link",): Outside("other", "binomial takes the logit only; gaussian is fitted with the identity"),
        (
            "tweedie_variance_power",
            "tweedie_link_power",
            "tweedie_epsilon",
            "fix_tweedie_variance_power",
            "theta",
            "build_null_model",
            "dispersion_parameter_method",
            "init_dispersion_parameter",
            "fix_dispersion_parameter",
            "dispersion_epsilon",
            "dispersion_learning_rate",
            "max_iterations_dispersion",
        ): _OTHER_FAMILY,
        ("balance_classes", "class_sampling_factors", "max_after_balance_size"): _UNBALANCED,
        (
            "init_optimal_glm",
            "separate_linear_beta",
            "constraint_eta0",
            "constraint_tau",
            "constraint_alpha",
            "constraint_beta",
            "constraint_c0",
        ): _CONSTRAINED,
    }.items()
    for name in names
}

_FACTORS = Outside("other", "categorical features only; here every feature is a number")
_AUTOENCODER = Outside("other", "autoencoders only, which have no classes")
_REGRESSION = Outside("other", "regressions only")
_ONE_NODE = Outside("running", "several nodes only, and the server here is one")
_VALIDATION = Outside("other", "validation rows only, and none are handed over")

_DEEP_LEARNING: dict[str, Outside] = {
    f"deeplearning.{name}": why
    for names, why in {
        ("training_frame", "validation_frame", "response_column", "ignored_columns"): Outside(
            "data", "rows and columns"
        ),
        ("weights_column", "offset_column", "fold_column"): Outside("data", "a column beside the features"),
        ("checkpoint", "pretrained_autoencoder"): Outside("data", "a fitted model to go on from"),
        ("model_id", "export_checkpoints_dir", "export_weights_and_biases"): Outside(
            "output", "where the model is kept"
        ),
        (
            "keep_cross_validation_models",
            "keep_cross_validation_predictions",
            "keep_cross_validation_fold_assignment",
        ): Outside("output", "what is kept of the folds"),
        (
            "diagnostics",
            "variable_importances",
            "quiet_mode",
            "gainslift_bins",
            "auc_type",
            "max_confusion_matrix_size",
            "custom_metric_func",
        ): Outside("output", "computed or told beside the fit"),
        ("max_runtime_secs",): Outside("running", "a limit of time"),
        ("replicate_training_data", "single_node_mode", "target_ratio_comm_to_comp"): _ONE_NODE,
        ("use_all_factor_levels", "categorical_encoding", "max_categorical_features"): _FACTORS,
        ("autoencoder", "average_activation", "sparsity_beta"): _AUTOENCODER,
        ("quantile_alpha", "tweedie_power", "huber_alpha", "regression_stop"): _REGRESSION,
        ("score_validation_samples", "score_validation_sampling"): _VALIDATION,
        ("distribution",): Outside("other", "those that a yes or no can have are trained alike"),
        ("col_major",): Outside("other", "refused by this release"),
    }.items()
    for name in names
}

OUTSIDE: dict[str, dict[str, Outside]] = {"h2o.glm": _GLM, "h2o.mlp": _DEEP_LEARNING}
"""``engine.model`` -> ``callable.parameter`` -> why it is no setting."""
