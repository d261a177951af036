"""botocore without the configuration of this machine."""

import os

import botocore.session


def unconfigured_session() -> botocore.session.Session:
    """Create a session that reads no profile and no configuration file.

    Returns:
        The session.
    """
    # Each variable of a session is its name in a profile, its name in the environment, its default
    # and a conversion.
    return botocore.session.Session(
        {
            "profile": (None, None, None, None),
            "config_file": (None, None, os.devnull, None),
            "credentials_file": (None, None, os.devnull, None),
        }
    )
