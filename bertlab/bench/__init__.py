"""How fast training is here, beside what a learner would use instead."""
