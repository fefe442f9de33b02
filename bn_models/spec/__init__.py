"""What may be asked for: training, dataset, network, optimization and study, in pydantic only."""

from bn_models.spec.training import TrainingSpec

__all__ = ["TrainingSpec"]
