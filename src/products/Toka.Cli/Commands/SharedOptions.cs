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

    /// <summary><c>--data</c> where it stands for a running server.</summary>
    public static Option<string?> StoppedData() => new("--data")
    {
        Description = "Read the data of a stopped server here, instead of asking a running one.",
        HelpName = "DIR",
    };

    /// <summary><c>--match</c></summary>
    public static Option<string> Match() => new("--match")
    {
        Description = "Which series: a selector such as up{job=\"node\"}.",
        HelpName = "SELECTOR",
        Required = true,
    };

    /// <summary>Says so where a verb was given both a running and a stopped server.</summary>
    public static void CheckUrlOrData(System.CommandLine.Parsing.CommandResult result, Option<string> url, Option<string?> data)
    {
        if (result.GetResult(url) is { Implicit: false } && result.GetValue(data) is not null)
        {
            result.AddError("--url asks a running server and --data reads a stopped one: give one or the other");
        }
    }

    /// <summary><c>--data</c>, as <c>toka serve</c> has it.</summary>
    public static Option<string?> Data() => new("--data")
    {
        Description = "The data folder, as `toka serve --data` names it. Else TOKA_DATA, else ./toka-data.",
        HelpName = "DIR",
    };

    /// <summary><c>--config</c>, as <c>toka serve</c> has it.</summary>
    public static Option<string?> Config() => new("--config")
    {
        Description = "The configuration file, of which storage counts. Else TOKA_CONFIG, else none.",
        HelpName = "FILE",
    };

    /// <summary>The data folder that was asked for.</summary>
    public static string DataOf(string? given, CliContext context) => given ?? context.Variable("TOKA_DATA") ?? "toka-data";

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
