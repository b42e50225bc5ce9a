using Toka.Core.Attributes;

namespace Toka.Core.Searching;

/// <summary>What conditions look at: a span or a log record. Immutable.</summary>
public interface ISearchable
{
    /// <summary>When a span began, or the time of a log record, ns since the Unix epoch.</summary>
    long MomentNs { get; }

    /// <summary>
    /// Adds the values of a field, in the order in which they stand; nothing where it is not there. Fields of text that every
    /// span has are there with the empty text too.
    /// </summary>
    /// <param name="field">Which.</param>
    /// <param name="values">Gets the values.</param>
    void CollectValues(Field field, ICollection<AttributeValue> values);

    /// <summary>Adds the keys of all attributes, by scope; one that stands twice is added twice.</summary>
    /// <param name="keys">Gets the keys.</param>
    void CollectKeys(ICollection<FieldKey> keys);
}
