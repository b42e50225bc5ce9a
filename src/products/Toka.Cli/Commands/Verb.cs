using System.CommandLine;

namespace Toka.Cli.Commands;

/// <summary>A command whose help ends with an example.</summary>
internal interface IExample
{
    /// <summary>A command line that works as it stands.</summary>
    string Example { get; }
}

/// <summary>A verb of the command.</summary>
/// <param name="name">The word to type.</param>
/// <param name="description">What it does, in a sentence.</param>
/// <param name="example">A command line that works as it stands.</param>
internal sealed class Verb(string name, string description, string example) : Command(name, description), IExample
{
    /// <inheritdoc/>
    public string Example { get; } = example;
}
