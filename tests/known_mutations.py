"""Mutations that tests must notice: `uv run python scripts/mutations.py --fixed`.

Each is a fault that somebody could make. Add one with the test of a fault that no test noticed.
"""

from mutations import Mutation

_M = "models/_machinery/"
_SERVICE = "testing/_service/"
_PRUNE = "tests/releases/test_prune.py::"
_PRUNE_FAILURES = "tests/releases/test_prune_failures.py::"

KNOWN = (
    # Frozen all the way down.
    Mutation(f"{_M}frozen.py", "update: Any = _refuse", "", "tests/models/test_frozen.py"),
    Mutation(f"{_M}union_members.py", "freeze(content)", "content", "tests/models/test_unions.py"),
    # A constructed model is strict, and a parsed one is not.
    Mutation(f"{_M}model.py", 'extra="forbid"', 'extra="ignore"', "tests/models/test_model.py"),
    Mutation(f"{_M}model.py", "context=CONSTRUCTED", "context=None", "tests/models/test_model.py"),
    Mutation(f"{_M}model.py", 'extra="ignore"', 'extra="forbid"', "tests/models/test_model.py"),
    Mutation(
        f"{_M}model.py",
        "_parent_namespace_depth + 1",
        "_parent_namespace_depth",
        "tests/models/test_model.py",
    ),
    Mutation(
        f"{_M}enums.py",
        "is_constructed and not (is_string and value in self._members)",
        "not (is_string and value in self._members)",
        "tests/models/test_enums.py",
    ),
    # Secrets, and the values that were refused.
    Mutation(
        f"{_M}hidden_input.py",
        "input=None",
        'input=details["input"]',
        "tests/models/test_hidden_input.py",
    ),
    Mutation(
        f"{_M}hidden_input.py",
        "        hidden = without_input(error)\n",
        "        hidden = without_input(error)\n        raise hidden\n",
        "tests/models/test_hidden_input.py",
    ),
    Mutation(
        f"{_M}hidden_input.py",
        "__tracebackhide__ = True",
        "pass",
        "tests/models/test_hidden_input.py",
    ),
    Mutation(
        f"{_M}results.py",
        'return _without(super().__getstate__(), "_body")',
        "return super().__getstate__()",
        "tests/calls/test_responses.py",
    ),
    # Names.
    Mutation(f"{_M}names.py", "to_snake(tag)", "tag", "tests/models/test_unions.py"),
    Mutation(
        f"{_M}locations.py",
        "yield spellings(tag)[1], model",
        "yield spellings(tag)[0], model",
        "tests/models/test_model.py",
    ),
    # Unions: exactly one member, and nulls do not count.
    Mutation(
        f"{_M}unions.py",
        "if len(names) != 1:",
        "if not names:",
        "tests/models/test_unions.py",
    ),
    Mutation(
        f"{_M}unions.py",
        "if names[0] in choices else UNKNOWN_TAG",
        "",
        "tests/models/test_unions.py",
    ),
    Mutation(
        f"{_M}unions.py",
        "min_length=1",
        "min_length=0",
        "tests/models/test_unions.py",
    ),
    Mutation(
        f"{_M}union_members.py",
        'if union[name] is not None and name != "__type"',
        'if name != "__type"',
        "tests/models/test_unions.py",
    ),
    Mutation(
        f"{_M}union_members.py",
        'if union[name] is not None and name != "__type"',
        "if union[name] is not None",
        "tests/models/test_unions.py",
    ),
    Mutation(
        f"{_M}union_members.py",
        "if len(names) == 1 and names[0] in spellings",
        "if names[0] in spellings",
        "tests/models/test_unions.py",
    ),
    # Times.
    Mutation(
        f"{_M}timestamps.py",
        "core_schema.no_info_after_validator_function(_EPOCH.__add__, since)",
        "since",
        "tests/models/test_timestamps.py",
    ),
    Mutation(
        f"{_M}timestamps.py", 'tz_constraint="aware", ', "", "tests/models/test_timestamps.py"
    ),
    # Tokens.
    Mutation(
        "models/auth_token.py",
        " or isinstance(port, bool)",
        "",
        "tests/models/test_auth_token.py",
    ),
    Mutation("models/auth_token.py", "1 <= port", "0 <= port", "tests/models/test_auth_token.py"),
    # States that end a wait.
    Mutation(
        "models/image.py",
        "success={ImageState.DELETED}, failure={ImageState.DELETE_FAILED}, gone=True",
        "success={ImageState.DELETED}, failure={ImageState.DELETE_FAILED}",
        "tests/waits/test_waiters.py",
    ),
    Mutation(
        "models/microvm.py",
        "success={MicrovmState.RUNNING}, failure=_TERMINATION",
        "success={MicrovmState.RUNNING}",
        "tests/waits/test_waiters.py",
    ),
    # A rejected token: a plain-text 403 arrives in parts, or breaks off.
    Mutation(
        "connect/_async/transports.py",
        "in self.rest:\n            yield chunk",
        "in self.rest:\n            pass",
        "tests/connect/_async/test_transports.py::test_plain_text_403_in_several_chunks_is_returned_whole",
    ),
    Mutation(
        "connect/_async/transports.py",
        "        await replayed.aclose()\n        raise\n",
        "        return False\n",
        "tests/connect/_async/test_transports.py::test_plain_text_403_that_breaks_off_is_an_error",
    ),
    Mutation(
        "connect/_sync/transports.py",
        "in self.rest:\n            yield chunk",
        "in self.rest:\n            pass",
        "tests/connect/_sync/test_transports.py::test_plain_text_403_in_several_chunks_is_returned_whole",
    ),
    Mutation(
        "connect/_sync/transports.py",
        "        replayed.close()\n        raise\n",
        "        return False\n",
        "tests/connect/_sync/test_transports.py::test_plain_text_403_that_breaks_off_is_an_error",
    ),
    # The kind of an error, and how many retries came before it.
    Mutation(
        "_error_kinds.py",
        '    "UnrecognizedClientException": ErrorKind.ACCESS_DENIED,\n',
        "",
        "tests/test_error_kinds.py",
    ),
    Mutation(
        "_calls/outcome.py",
        "self.attempts - 1",
        "0",
        "tests/calls/test_observers.py::"
        "test_retries_before_a_response_that_botocore_fails_to_parse_are_counted",
    ),
    # A number in place of a list.
    Mutation(
        "_calls/parameters.py",
        "not isinstance(argument, Iterable) or isinstance(\n            argument, (str, bytes",
        "isinstance(\n            argument, (str, bytes",
        "tests/calls/test_parameters.py",
    ),
    # A response that botocore fails to parse, such as one with a number in place of a list.
    Mutation(
        "_calls/capture.py",
        "return self.response is not None and _is_parsing_failure(error)",
        "return False",
        "tests/calls/test_capture.py::"
        "test_response_that_botocore_fails_to_parse_is_the_typed_error",
    ),
    # A tracer's proxy that passes on `__globals__`.
    Mutation(
        "_calls/capture.py",
        "type(function) is not FunctionType or not",
        "not",
        "tests/calls/test_observers.py::test_tracer_that_wraps_botocore_sees_the_content",
    ),
    # Settings that an update would reset.
    Mutation(
        "settings.py",
        "yield from _missing(shape.member, item, known_item)",
        "pass",
        "tests/test_settings.py::test_a_setting_that_the_sdk_does_not_know_is_named_in_a_warning",
    ),
    Mutation("settings.py", "stacklevel=2", "stacklevel=3", "tests/test_settings.py"),
    Mutation(
        "settings.py",
        '_check_settings("after", after)',
        "pass",
        "tests/test_settings.py::test_an_argument_of_another_type_is_named",
    ),
    # Releases: a conflict is not a deletion, and throttling may come without `Retry-After`.
    Mutation(
        "releases/_pruning.py",
        "        if self._job.delete(version):\n",
        "        if self._job.delete(version) or True:\n",
        f"{_PRUNE}test_conflicts_are_tried_again",
    ),
    Mutation(
        "releases/_changes.py",
        "error.retry_after_seconds or 0",
        "error.retry_after_seconds",
        "tests/releases/test_withdraw.py::"
        "test_a_call_that_is_rejected_for_the_moment_is_made_again",
    ),
    # Nothing can start MicroVMs while pruning restores a version.
    Mutation(
        "releases/_pruning.py",
        "        if current is None:\n            if not",
        "        if False:\n            if not",
        f"{_PRUNE}test_a_version_that_is_launched_while_it_is_blocked_is_activated_again "
        f"{_PRUNE_FAILURES}test_the_only_version_that_can_start_is_never_deleted "
        "tests/releases/test_lag.py::test_pruning_keeps_the_last_version_that_can_start",
    ),
    Mutation(
        "releases/_pruning.py",
        "            if not self._can_nothing_start(versions):",
        "            if False:",
        "tests/releases/test_lag.py::test_pruning_does_not_move_callers_because_a_listing_lags",
    ),
    Mutation(
        "releases/_pruning.py",
        "            and current is not None\n            and max(",
        "            and max(",
        f"{_PRUNE_FAILURES}test_the_only_version_that_can_start_is_never_deleted",
    ),
    # The local service: hooks, the end of a build, reads that lag, and headers of one connection.
    Mutation(
        f"{_SERVICE}state/hook_calls.py",
        '        return "refused"\n',
        "        return 200\n",
        "tests/testing/test_hooks.py",
    ),
    Mutation(
        f"{_SERVICE}state/transitions.py",
        "                self._entered = clock.now()\n            return",
        "                pass\n            return",
        "tests/testing/test_versions.py",
    ),
    Mutation(
        f"{_SERVICE}state/history.py",
        "if not all(change",
        "if True or not all(change",
        "tests/testing/test_microvms.py",
    ),
    Mutation(
        f"{_SERVICE}proxy/forwarding.py",
        'HOP_BY_HOP | {"content-length"}',
        '{"content-length"}',
        "tests/testing/test_forwarding.py",
    ),
    # Deployments: nothing is uploaded in vain, no build is started twice, and logs are in order.
    Mutation(
        "_commands/deploy.py",
        "    check_deployment(name, options.settings_of, changes)\n",
        "",
        "tests/build/test_command_line.py",
    ),
    Mutation(
        "build/_request.py",
        'metadata.get("RetryAttempts", 0) > 0',
        "False",
        "tests/build/test_obstacles.py",
    ),
    Mutation(
        "build/_log.py",
        '    events.sort(key=lambda event: event["timestamp"])\n',
        "",
        "tests/build/test_log.py",
    ),
    # ARNs.
    Mutation("arns.py", "or _ACCOUNT.fullmatch(account)", "or account", "tests/test_arns.py"),
    Mutation("arns.py", ", re.ASCII", "", "tests/test_arns.py"),
    Mutation("arns.py", '    "us-isob-": "aws-iso-b",\n', "", "tests/test_arns.py"),
    # The local service.
    Mutation(
        "testing/_control_requests.py",
        "if not is_loopback(host):",
        "if False:",
        "tests/testing/test_control_requests.py::test_an_invalid_control_is_refused",
    ),
    Mutation(
        "testing/_fakes.py",
        "if method is None and get_paginator is None:",
        "if method is None and not is_list:",
        "tests/testing/test_fakes.py::test_missing_method_and_another_type_are_named",
    ),
    Mutation(
        "connect/_sync/transports.py",
        "        except ConnectionError as error:\n",
        "        except TimeoutError as error:\n",
        "tests/connect/test_local_service.py::test_requests_of_every_kind",
    ),
    # Public names.
    Mutation(
        "__init__.py",
        "    # use is in a test that patches it would stay patched.\n",
        '    globals()["MicroVMClient"] = import_module("microvm_sdk.client").MicroVMClient\n',
        "tests/test_imports.py",
    ),
)
