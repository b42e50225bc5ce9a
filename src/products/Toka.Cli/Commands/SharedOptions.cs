using System.CommandLine;
using Toka.Cli.Output;

namespace Toka.Cli.Commands;

/// <summary>Options that several verbs have, alike everywhere.</summary>
internal static class SharedOptions
{
    /// <summary>Where a server on this machine answers unless it was told otherwise.</summary>
    public const string DefaultUrl = "http://127.0.0.1:4319";

    /// <summary><c>--url</c></summary>
    public static Option<string> Url() => new("--url")
    {
        Description = "The running server to ask.",
        HelpName = "URL",
        DefaultValueFactory = static _ => DefaultUrl,
    };

    /// <summary><c>--output</c></summary>
    public static Option<string> Output()
    {
        var option = new Option<string>("--output", "-o")
        {
            Description = "How to print the result.",
            HelpName = "FORMAT",
            DefaultValueFactory = static _ => "table",
        };
        option.AcceptOnlyFromAmong("table", "json", "csv", "markdown");
        return option;
    }

    /// <summary>The format that an <c>--output</c> value names.</summary>
    /// <param name="name">One of the accepted values.</param>
    public static OutputFormat FormatOf(string name) => name switch
    {
        "json" => OutputFormat.Json,
        "csv" => OutputFormat.Csv,
        "markdown" => OutputFormat.Markdown,
        _ => OutputFormat.Table,
    };
}
