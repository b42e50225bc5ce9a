using System.CommandLine;
using System.Globalization;
using Toka.Server;

namespace Toka.Cli.Commands;

/// <summary><c>toka serve</c>: watches this host and answers, until Ctrl-C or SIGTERM.</summary>
internal static class ServeCommand
{
    private const long MemoryBytesMin = 64 << 20;

    public static Command Build(CliContext context)
    {
        var http = Address("--http", "127.0.0.1:4319", "Where the page and the APIs listen.");
        var grpc = Address("--otlp-grpc", "127.0.0.1:4317", "Where OTLP over gRPC listens.");
        var otlp = Address("--otlp-http", "127.0.0.1:4318", "Where OTLP over HTTP listens.");
        var statsD = new Option<string?>("--statsd")
        {
            Description = "Where StatsD listens, over UDP and TCP. Else TOKA_STATSD, else nowhere.",
            HelpName = "ADDRESS:PORT",
        };
        var data = new Option<string?>("--data")
        {
            Description = "The folder for everything stored. Else TOKA_DATA, else ./toka-data.",
            HelpName = "DIR",
        };
        var config = new Option<string?>("--config")
        {
            Description = "The configuration file. Else TOKA_CONFIG, else none, which means development.",
            HelpName = "FILE",
        };
        var prometheus = new Option<string?>("--prometheus-config")
        {
            Description = "A prometheus.yml: what is scraped. Else TOKA_PROMETHEUS_CONFIG, else none.",
            HelpName = "FILE",
        };
        var memory = new Option<string?>("--memory")
        {
            Description = "The most memory for the process, such as 256MB or 1GiB; at least 64MiB. Else half of what there is.",
            HelpName = "SIZE",
        };
        memory.Validators.Add(result =>
        {
            if (result.GetValue(memory) is { } text && (!TryParseSize(text, out var bytes) || bytes < MemoryBytesMin))
            {
                result.AddError($"--memory: '{text}' is not a size of at least 64MiB; write a number and B, kB, MB, GB, KiB, MiB or GiB");
            }
        });

        var verb = new Verb("serve", "Watches this host, receives OTLP, and serves the page and the APIs.", "toka serve --data /var/lib/toka")
        {
            http, grpc, otlp, statsD, data, config, prometheus, memory,
        };
        verb.SetAction((parsed, cancellationToken) =>
        {
            long? bytes = parsed.GetValue(memory) is { } text && TryParseSize(text, out var size) ? size : null;
            var options = new ServeOptions(
                parsed.GetValue(config) ?? context.Variable("TOKA_CONFIG"),
                parsed.GetValue(data) ?? context.Variable("TOKA_DATA") ?? "toka-data",
                parsed.GetRequiredValue(http),
                parsed.GetRequiredValue(grpc),
                parsed.GetRequiredValue(otlp),
                parsed.GetValue(statsD) ?? context.Variable("TOKA_STATSD"),
                bytes,
                parsed.GetValue(prometheus) ?? context.Variable("TOKA_PROMETHEUS_CONFIG"));
            return TokaServer.RunAsync(options, cancellationToken);
        });
        return verb;
    }

    /// <summary>Reads a size: a number and a unit, decimal or binary; no unit means bytes.</summary>
    internal static bool TryParseSize(string text, out long bytes)
    {
        ReadOnlySpan<(string Unit, double Factor)> units =
        [
            ("KiB", 1L << 10), ("MiB", 1L << 20), ("GiB", 1L << 30), ("kB", 1e3), ("KB", 1e3), ("MB", 1e6), ("GB", 1e9), ("B", 1), ("", 1),
        ];
        bytes = 0;
        foreach (var (unit, factor) in units)
        {
            if (text.EndsWith(unit, StringComparison.Ordinal))
            {
                if (!double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
                    || number * factor >= long.MaxValue)
                {
                    return false;
                }

                bytes = (long)(number * factor);
                return true;
            }
        }

        return false;
    }

    private static Option<string> Address(string name, string address, string description) => new(name)
    {
        Description = description,
        HelpName = "ADDRESS:PORT",
        DefaultValueFactory = _ => address,
    };
}
