from bn_models.compiled.choice import use_xla
from tests.support.compiled_runs import spec_of


def test_xla_is_for_dense_and_recurrent_networks() -> None:
    assert use_xla(spec_of())
    assert use_xla(spec_of(dataset="digits", network="rnn"))
    cnn = spec_of(dataset="digits", network={"kind": "cnn", "conv_filters": [4]})
    assert not use_xla(cnn)
    assert not use_xla(spec_of(dropout=0.1))
    assert use_xla(cnn, "on")
    assert not use_xla(spec_of(), "off")
