"""The canonical vocabulary of random forests."""

from __future__ import annotations

from crossframe.settings.binding import Setting, choice, flag, integer, integers, number

SETTINGS = (
    Setting("forest.trees", "number of trees", "trees of a forest", integer(1), unit="trees"),
    Setting(
        "forest.criterion",
        "split criterion",
        "impurity that a split of a tree reduces",
        choice("gini", "entropy", "squared_error", "absolute_error", "poisson"),
        formula="gini: 1 - sum p^2; entropy: -sum p log2 p; squared_error: mean of (y - mean)^2",
    ),
    Setting(
        "forest.features_per_split",
        "features per split",
        "features among which each split of a tree is chosen, drawn anew for each",
        integer(1),
        unit="features",
    ),
    Setting(
        "forest.bootstrap",
        "bootstrap",
        "whether the rows of each tree are drawn with replacement",
        flag(),
        formula="false: drawn without replacement; with forest.sample_share 1 every tree gets every row",
        together="forest.bootstrap",
    ),
    Setting(
        "forest.sample_share",
        "sample size of each tree",
        "rows drawn for each tree, relative to the training rows",
        number(0, open_low=True),
        together="forest.bootstrap",
    ),
    Setting(
        "forest.max_depth",
        "maximum depth",
        "splits between the root of a tree and a leaf, at most",
        integer(0),
        formula="0: no bound",
        without=0,
    ),
    Setting(
        "forest.max_leaves",
        "maximum leaves",
        "leaves of a tree, at most",
        integer(0),
        unit="leaves",
        formula="0: no bound",
        without=0,
    ),
    Setting(
        "forest.min_split",
        "minimum rows to split",
        "rows that a node must have to be split",
        integer(2),
        unit="rows",
        without=2,
    ),
    Setting(
        "forest.min_leaf",
        "minimum rows in a leaf",
        "rows that each leaf must have",
        integer(1),
        unit="rows",
        without=1,
    ),
    Setting(
        "forest.min_leaf_share",
        "minimum weight of a leaf",
        "share of the weight of all training rows that each leaf must have",
        number(0, 0.5),
        without=0.0,
    ),
    Setting(
        "forest.min_gain",
        "minimum impurity decrease",
        "least decrease of the impurity for which a node is split",
        number(0),
        formula="rows of the node / rows of the tree * (impurity - mean impurity of its two parts)",
        without=0.0,
    ),
    Setting(
        "forest.pruning",
        "cost-complexity pruning",
        "penalty of a leaf by which a grown tree is cut back",
        number(0),
        formula="minimise impurity of the tree + pruning * leaves (Breiman et al. 1984, ch. 3)",
        without=0.0,
    ),
    Setting(
        "forest.monotonic",
        "monotonic constraints",
        "of each feature, whether the prediction may only grow (1), only fall (-1) or both (0) with it",
        integers(-1),
    ),
    Setting(
        "forest.bias_correction",
        "bias correction",
        "whether the predictions are replaced by the regression of the target on the out-of-bag ones",
        flag(),
        without=False,
    ),
    Setting(
        "forest.aggregation",
        "aggregation of the trees",
        "how the score of a forest is computed",
        choice("mean", "votes"),
        formula="mean: over the trees, of the mean target (share of class 1) in the row's leaf; votes: share "
        "of the trees in whose leaf class 1 is the majority",
    ),
)
