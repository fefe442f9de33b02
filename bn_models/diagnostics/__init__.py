"""What happens inside a network during training, looked at between epochs without changing a bit of it.

Everything is computed from the model's variables in one compiled function that assigns nothing. Dropout is off.
The *probe batch* is the first ``PROBE_ROWS`` validation rows, always the same ones, passed in training mode: batch
normalization takes mean mu_B and variance sigma2_B from the probe batch itself.

Of each batch normalization (Ioffe & Szegedy 2015, algorithm 1; mu and sigma2 the moving statistics, means over the
features j):

- ``mean_gap = mean_j |mu_B - mu| / sqrt(sigma2 + epsilon)``
- ``variance_gap = mean_j |ln((sigma2_B + epsilon) / (sigma2 + epsilon))|``
- ``gamma_min``, ``gamma_max``, ``beta_min``, ``beta_max``

Gaps are zero where inference normalizes as training does. A young run has large ones: after s steps the initial mean 0
and variance 1 still weigh ``momentum ** s`` (37 % after 100 steps of 0.99). Sampling alone keeps ``mean_gap`` at about
``sqrt(2 / (pi * rows))``.

Of each hidden layer, z the inputs of its activation function f and a = f(z), over all probe rows, units and pixels:

- ``input_p15``, ``input_p50``, ``input_p85``: percentiles of z, as figure 1 of Ioffe & Szegedy 2015 shows them for one
  unit; ``activation_p15`` and so on: of a. Of more than ``SAMPLE`` values a fixed sample of so many is taken.
- ``saturated_share``, of sigmoid and tanh: the share of a within 1 % of f's range of either end (after Glorot &
  Bengio 2010)
- ``dead_share``, of relu and what resembles it: the share of units with z <= 0 in every row (for relu: no gradient
  reaches them, Lu et al. 2019)
- ``gradient_norm``: ``||dL/dW||_2`` of the loss L on the probe batch, W the layer's kernel (and recurrent kernel)

Recurrent cells keep their z inside: there are percentiles of a only, and saturation of the simple cell, whose a is a
tanh.

Of the whole network ``training_mode`` and ``inference_mode`` are the accuracy (of a regression the mean absolute
error) on the same validation rows, at most ``MEASURED_ROWS``: once normalized by the statistics of batches of the
run's batch size and once by the moving ones. Their difference is the gap that small batches and momentum cause.

What does not exist is None; what cannot be computed of a diverged network is NaN.
"""
