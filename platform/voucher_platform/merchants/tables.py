"""Merchants, their tills, and what every import found."""

from datetime import datetime
from typing import Any

from sqlalchemy import Boolean, Column, DateTime, Float, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel


def _text() -> Any:
    return Field(sa_column=Column(Text, nullable=False))


class MerchantRow(SQLModel, table=True):
    """One physical shop. ``admitted`` follows from its size class; ``suspended`` is the bureau's act."""

    __tablename__ = "merchant"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    uscc: str = _text()
    name: str = _text()
    district: str = _text()
    category: str = _text()
    industry_code: str = _text()
    size_class: str = _text()
    address: str = _text()
    latitude: float = Field(sa_column=Column(Float(53), nullable=False))
    longitude: float = Field(sa_column=Column(Float(53), nullable=False))
    admitted: bool = Field(sa_column=Column(Boolean, nullable=False))
    suspended: bool = Field(sa_column=Column(Boolean, nullable=False))


class TillRow(SQLModel, table=True):
    """One terminal; its number is unique in the city."""

    __tablename__ = "till"

    till_number: str = Field(sa_column=Column(Text, primary_key=True))
    merchant_id: str = _text()


class ImportRow(SQLModel, table=True):
    """One import: its report, and the cells as read with the faults of each row, to give the file back."""

    __tablename__ = "merchant_import"

    id: str = Field(sa_column=Column(Text, primary_key=True))
    created_by: str = _text()
    created_at: datetime = Field(sa_column=Column(DateTime(timezone=True), nullable=False))
    report: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    cells: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
