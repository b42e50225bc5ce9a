using Toka.Core.Attributes;

namespace Toka.Core.Searching;

/// <summary>An attribute that is in use.</summary>
/// <param name="Field">Where and which.</param>
/// <param name="Kind">The kind of its values; the first that was met where they differ.</param>
public readonly record struct FieldKey(Field Field, AttributeKind Kind);

/// <summary>A value of a field.</summary>
/// <param name="Value">The value.</param>
/// <param name="Count">How often it was met; 0 where the answer came from an index that does not count.</param>
public readonly record struct FieldValue(AttributeValue Value, long Count);
