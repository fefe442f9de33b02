"""The models of BN Lab, from a spec to a certified network and its statistics; knows neither HTTP nor SQL."""
