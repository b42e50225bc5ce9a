using Toka.Core.Errors;

namespace Toka.Protocols.PrometheusTsdb;

/// <summary>A file of a Prometheus block is damaged or of another version.</summary>
/// <param name="file">The file, as the reader was given its name.</param>
/// <param name="offset">Where in the file, in bytes.</param>
/// <param name="what">What was wrong.</param>
public sealed class TsdbFormatException(string file, long offset, string what) : BadInputException($"{file}: offset {offset}: {what}")
{
    /// <summary>The file.</summary>
    public string File { get; } = file;

    /// <summary>Where in the file, in bytes.</summary>
    public long Offset { get; } = offset;
}
