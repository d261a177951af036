"""
Type annotations for boto3.s3.constants module.

Copyright Vlad Emelianov
"""

CLASSIC_TRANSFER_CLIENT: str = ...
AUTO_RESOLVE_TRANSFER_CLIENT: str = ...
