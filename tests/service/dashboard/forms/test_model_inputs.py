from service.dashboard.forms.model_inputs import first_row


def test_the_form_begins_with_the_features_of_the_first_row_wherever_the_target_is() -> None:
    columns = [{"name": "size", "dtype": "float"}, {"name": "ripe", "dtype": "bool"}]
    table = {"columns": columns, "preview_columns": ["kind", "size", "ripe"], "preview": [["plum", "1.5", "TRUE"]]}
    assert first_row(table) == {"size": 1.5, "ripe": 1.0}
    assert first_row({**table, "preview": [["plum", "1,5", "TRUE"]]}) == {"size": 1.5, "ripe": 1.0}
