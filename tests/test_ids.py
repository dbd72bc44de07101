from accounts.ids import is_id, new_id


def test_ids_are_24_lowercase_hex_digits_and_differ():
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert all(is_id(each) for each in ids)


def test_anything_else_is_no_id():
    for value in (None, 7, "", "664A1234abcd1234abcd1234", "664a", "g" * 24, "0" * 25, "0" * 24 + "\n"):
        assert not is_id(value)
