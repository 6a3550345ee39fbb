"""The training page's parts, by their names in the URL."""

from pages.components.parts import Parts

TRAIN, VERSIONS, LAB = "train", "versions", "labels"
PARTS = {TRAIN: "Train", VERSIONS: "Versions", LAB: "Label lab"}
TITLES = {
    TRAIN: "What can be learned today?",
    VERSIONS: "Should the new model go live?",
    LAB: "What do we call churn?",
}
PAGE = Parts("part", PARTS, TITLES)
go = PAGE.go
