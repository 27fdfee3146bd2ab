"""What is put to the test, and what must be measured for it to hold."""

from __future__ import annotations

from crossframe.studies.claim import Claim, Finding, Source, Verdict

RAHIMI = Source("Rahimi 2018, Lessons from Optics", "http://www.argmin.net/2018/01/25/optics/")
HERE = Source("asked here", "")

NEAR = 0.05
"""Range of training losses that counts as nearly the same; training begins at ln 10 = 2.3."""

STILL = 0.02
"""Change of the training loss in the last half of training up to which it is said to have come to rest."""
ALIKE = 0.01
"""Difference of test accuracies up to which networks are said to be equally good."""
GENERALISES = 0.85
"""Test accuracy that a thousand true labels are expected to give."""

ROUNDING = Claim(
    "rounding",
    "A random start is good enough, but small numerical errors after it break training.",
    RAHIMI,
    "some equal computation with other rounding relabels at least as many test images as another random "
    "start does: the interval of the ratio begins at 1 or above",
)
STEP = Claim(
    "step-size",
    "A badly chosen step size breaks training.",
    RAHIMI,
    "at some learning rate every seed ends below .5 in training accuracy, and at a lower one every seed "
    "ends above .99",
)
RACE = Claim(
    "racing-threads",
    "Threads that race, as in h2o.deeplearning by default, matter less than another seed.",
    HERE,
    "the same seed twice relabels fewer test images than two seeds do: the interval of the ratio ends "
    "below 1",
)
DEVICE = Claim(
    "cpu-gpu",
    "The same training ends elsewhere on a GPU than on a CPU.",
    RAHIMI,
    "as for other rounding, one side on a GPU",
)
SHALLOW = Claim(
    "shallow-minima",
    "Shallow minima generalise better than sharp ones (contested).",
    RAHIMI,
    "at equal training loss, test accuracy falls with the Hessian's largest eigenvalue over rates and "
    "batch sizes: the interval of the rank correlation ends below 0",
)
RESCALED = Claim(
    "sharpness-is-a-choice",
    "Sharpness is no property of the function: rescaled relu layers compute the same and are as sharp as "
    "one likes (the objection of Dinh et al. 2017 to the claim above).",
    RAHIMI,
    "the largest eigenvalue rises at least a hundredfold while no test image's probability changes in "
    "any bit",
)
NORM_BEST = Claim(
    "batch-norm-best",
    "Batch normalisation speeds up SGD: each at its own best learning rate.",
    RAHIMI,
    "fewer updates to the same training loss in networks of two and of five hidden layers: the interval of "
    "the ratio ends below 1",
)
NORM_COMMON = Claim(
    "batch-norm-common",
    "Batch normalisation speeds up SGD: both at the learning rate that is best without it.",
    RAHIMI,
    "as above, at that rate",
)
STARTS = Claim(
    "many-starts",
    "SGD reaches nearly the same loss from any start, despite local optima and saddles.",
    RAHIMI,
    f"the final training losses of all starts lie within {NEAR}: with two hidden layers, and with one narrow "
    f"layer of 2 or of 8 units; starts that end farther apart count against it only where no loss still "
    f"moves by more than {STILL} in the last half of training",
)
EQUAL = Claim(
    "equal-minima",
    "All local minima are equally good (contested).",
    RAHIMI,
    f"training losses from many starts end within {NEAR}, and at one training loss the test accuracies of "
    f"the noisiest and the quietest rate and batch size differ by at most {ALIKE} and not clearly from 0",
)
SHIFT = Claim(
    "covariate-shift",
    "Reducing internal covariate shift speeds up SGD.",
    RAHIMI,
    "none here: the shift would have to be changed and nothing else",
)
DROPOUT = Claim(
    "dropout",
    "Dropout is better than other randomisation of one network.",
    RAHIMI,
    "at equal training loss its test accuracy is above that of Gaussian noise and of an L2 penalty: both "
    "intervals of the paired difference, 97.5 % since they are two, begin above 0",
)
DROPOUT_BAGGING = Claim(
    "dropout-bagging",
    "Dropout is better than bagging.",
    RAHIMI,
    "at equal training loss its test accuracy is above that of ten bagged networks: the interval of the "
    "paired difference begins above 0",
)
AVERAGING = Claim(
    "averaging",
    "Averaging models helps.",
    RAHIMI,
    "at equal training loss the mean of ten bagged networks has a higher test accuracy than one network: "
    "the interval of the paired difference begins above 0",
)
RANDOM = Claim(
    "random-labels",
    "Networks memorise random labels.",
    RAHIMI,
    "training accuracy 1 for every seed, and on the test images an interval over seeds within .07 and .13",
)
TRUE = Claim(
    "true-labels",
    "The same networks generalise from true labels, although they could memorise.",
    RAHIMI,
    f"training accuracy 1 for every seed, and on the test images an interval over seeds above "
    f"{GENERALISES:.2f}, in every framework",
)
MARGIN = Claim(
    "large-margin",
    "Deep networks are large-margin classifiers.",
    RAHIMI,
    "none given: which margin, and large against what",
)

MARGIN_FINDING = Finding(
    MARGIN,
    Verdict.UNTESTED,
    "an explanation offered for the memorising of random labels; it names no margin and no size that a "
    "measurement could contradict",
)

SHIFT_FINDING = Finding(
    SHIFT,
    Verdict.UNTESTED,
    "that batch normalisation is faster is measured above; that less covariate shift is the reason is "
    "another claim, and batch normalisation changes the shift, the scale of gradients and the noise at once",
)
