namespace Toka.Configuration.Binding;

/// <summary>A text that is not to be shown. Its <see cref="ToString"/> gives <c>&lt;secret&gt;</c>; two are equal when their texts are.</summary>
/// <param name="value">The text.</param>
public sealed class Secret(string value) : IEquatable<Secret>
{
    /// <summary>The text itself: for use on the wire, never for a message.</summary>
    public string Reveal() => value;

    /// <inheritdoc/>
    public bool Equals(Secret? other) => other is not null && other.Reveal() == value;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Secret);

    /// <inheritdoc/>
    public override int GetHashCode() => value.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => "<secret>";
}
