"""Persons, what identifies them (keyed hashes only), their accounts, and merges of two persons into one."""

from datetime import datetime

from sqlalchemy import Boolean, Column, DateTime, LargeBinary, Text
from sqlmodel import Field, SQLModel


class Person(SQLModel, table=True):
    """One natural person; the id sorts by the time it was made."""

    __tablename__ = "person"

    id: str = Field(sa_column=Column(Text, primary_key=True))


class PersonIdentifier(SQLModel, table=True):
    """A number of a person as a keyed hash. Where it ``matches`` it names one person only."""

    __tablename__ = "person_identifier"

    kind: str = Field(sa_column=Column(Text, primary_key=True))
    keyed_hash: bytes = Field(sa_column=Column(LargeBinary, primary_key=True))
    person_id: str = Field(sa_column=Column(Text, primary_key=True))
    matches: bool = Field(sa_column=Column(Boolean, nullable=False))


class PersonMerge(SQLModel, table=True):
    """Two persons turned out to be one: ``into_person`` (the older) is used from then on."""

    __tablename__ = "person_merge"

    merged_person: str = Field(sa_column=Column(Text, primary_key=True))
    into_person: str = Field(sa_column=Column(Text, nullable=False))
    merged_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))


class Account(SQLModel, table=True):
    """One sign-in of a person."""

    __tablename__ = "account"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    person_id: str = Field(sa_column=Column(Text, nullable=False))
    device_hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    home_district: str = Field(sa_column=Column(Text, nullable=False))
    masked_phone: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
