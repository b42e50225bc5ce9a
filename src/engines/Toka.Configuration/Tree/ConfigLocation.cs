using System.Globalization;

namespace Toka.Configuration.Tree;

/// <summary>Where a value was given: a place in a file, or an environment variable.</summary>
/// <param name="Source">The file's path as it was named, or <c>environment variable NAME</c>.</param>
/// <param name="Line">The line, from 1; 0 where the source has none.</param>
/// <param name="Column">The column in characters, from 1; 0 where the source has none.</param>
public readonly record struct ConfigLocation(string Source, int Line, int Column)
{
    /// <summary>Whether it lies in a file; otherwise it is an environment variable.</summary>
    public bool IsInFile => Line > 0;

    /// <summary><c>FILE:LINE:COLUMN</c>, or <c>environment variable NAME</c>.</summary>
    public override string ToString() =>
        IsInFile ? string.Create(CultureInfo.InvariantCulture, $"{Source}:{Line}:{Column}") : Source;
}
