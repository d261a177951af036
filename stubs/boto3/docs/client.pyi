"""
Type annotations for boto3.docs.client module.

Copyright Vlad Emelianov
"""

from botocore.docs.client import ClientDocumenter

class Boto3ClientDocumenter(ClientDocumenter): ...
