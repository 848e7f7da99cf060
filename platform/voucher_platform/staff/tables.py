"""The staff table."""

from sqlalchemy import Column, Text
from sqlmodel import Field, SQLModel


class Staff(SQLModel, table=True):
    """One sign-in of a member of staff. ``password_hash`` is what ``rules.hash_password`` wrote."""

    __tablename__ = "staff"

    login: str = Field(sa_column=Column(Text, primary_key=True))
    name: str = Field(sa_column=Column(Text, nullable=False))
    role: str = Field(sa_column=Column(Text, nullable=False))
    password_hash: str = Field(sa_column=Column(Text, nullable=False))
