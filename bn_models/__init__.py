"""The models, training engine and inference of BN Lab; knows neither HTTP nor SQL.

Importing :mod:`bn_models.spec` or :mod:`bn_models.plan` must not load TensorFlow.
"""
