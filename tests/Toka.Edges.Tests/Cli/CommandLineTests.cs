using System.CommandLine;
using System.CommandLine.Help;
using System.Net;
using Microsoft.Extensions.Time.Testing;
using Toka.Cli;
using Toka.Cli.Commands;
using Toka.Cli.Querying;
using Toka.Cli.Top;
using Toka.Core.Errors;

namespace Toka.Edges.Tests.Cli;

public sealed class CommandLineTests
{
    private static readonly long NowMs = CliRun.Now.ToUnixTimeMilliseconds();

    public static TheoryData<string> Verbs => [.. AllVerbs().Select(static verb => string.Join(' ', verb.Path))];

    [Theory]
    [MemberData(nameof(Verbs))]
    public async Task Every_verb_has_help_that_ends_with_an_example(string path)
    {
        var run = await CliRun.Of([.. path.Split(' ', StringSplitOptions.RemoveEmptyEntries), "--help"]);
        Assert.Equal(0, run.Status);
        Assert.Contains("Example:\n  toka ", run.Out, StringComparison.Ordinal);
        Assert.Equal("", run.Error);
    }

    [Fact]
    public void Every_verb_and_option_is_described_in_the_reference()
    {
        var reference = File.ReadAllText(Path.Combine(Root(), "docs", "reference", "cli.md"));
        foreach (var (path, command) in AllVerbs().Where(static verb => verb.Path.Length > 0))
        {
            var heading = $"## toka {string.Join(' ', path)}\n";
            var at = reference.IndexOf(heading, StringComparison.Ordinal);
            Assert.True(at >= 0, $"docs/reference/cli.md lacks the heading '{heading.TrimEnd()}'");
            var end = reference.IndexOf("\n## ", at, StringComparison.Ordinal);
            var section = end < 0 ? reference[at..] : reference[at..end];
            foreach (var option in command.Options.Where(static option => option is not HelpOption))
            {
                Assert.True(section.Contains($"`{option.Name}", StringComparison.Ordinal), $"docs/reference/cli.md does not describe {option.Name} of toka {string.Join(' ', path)}");
            }
        }
    }

    [Fact]
    public async Task The_version_is_one_line()
    {
        var run = await CliRun.Of(["--version"]);
        Assert.Equal(0, run.Status);
        Assert.Matches(@"^toka \d+\.\d+\.\d+\n$", run.Out);
    }

    [Theory]
    [InlineData("")]
    [InlineData("qeury up")]
    [InlineData("query")]
    [InlineData("query up --outptu json")]
    [InlineData("query up --output xml")]
    [InlineData("traces show 1 --limit -1")]
    [InlineData("traces search --limit 0")]
    [InlineData("logs search --limit 1001")]
    [InlineData("query up --time now --from now-5m")]
    [InlineData("query up --step 1m")]
    [InlineData("query up --url http://127.0.0.1:1 --data x")]
    [InlineData("query up --url ftp://x")]
    [InlineData("query up --time yesterday")]
    [InlineData("query up --from now-5m --step 0")]
    [InlineData("query up --from now --to now-5m")]
    [InlineData("query up --data /there/is/no/such/folder")]
    [InlineData("serve --memory much")]
    [InlineData("serve --memory 1B")]
    [InlineData("check config /there/is/no/such/file")]
    [InlineData("check metrics /there/is/no/such/file")]
    public async Task Wrong_usage_ends_with_status_2_and_lines_on_stderr_alone(string line)
    {
        var run = await CliRun.Of(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), static _ => (HttpStatusCode.OK, "{}"));
        Assert.Equal(2, run.Status);
        Assert.Equal("", run.Out);
        Assert.All(run.Error.TrimEnd('\n').Split('\n'), static error => Assert.StartsWith("toka: ", error, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("now", 0)]
    [InlineData("now-1h30m", -5_400_000)]
    [InlineData("now+250ms", 250)]
    [InlineData("now-90", -90_000)]
    [InlineData("2026-01-31T12:00:01.5Z", 1500)]
    [InlineData("2026-01-31T13:00:00+01:00", 0)]
    [InlineData("1769860800.25", 250)]
    public void Moments_are_read_as_people_write_them(string text, long offsetMs) => Assert.Equal(NowMs + offsetMs, Moments.Parse(text, "--time", NowMs));

    [Theory]
    [InlineData("")]
    [InlineData("now-")]
    [InlineData("now-5x")]
    [InlineData("1e300")]
    [InlineData("NaN")]
    [InlineData("31.1.2026")]
    public void What_is_no_moment_is_refused_with_the_option_named(string text) =>
        Assert.StartsWith("--time: ", Assert.Throws<BadInputException>(() => Moments.Parse(text, "--time", NowMs)).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("4096", 4096)]
    [InlineData("256MB", 256_000_000)]
    [InlineData("1.5GiB", 1_610_612_736)]
    [InlineData("64 MiB", 67_108_864)]
    public void Sizes_have_decimal_and_binary_units(string text, long bytes)
    {
        Assert.True(ServeCommand.TryParseSize(text, out var read));
        Assert.Equal(bytes, read);
    }

    [Theory]
    [InlineData(double.NaN, "-")]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "0.98 KiB")]
    [InlineData(1536, "1.50 KiB")]
    [InlineData(123_456_789, "118 MiB")]
    public void Bytes_have_three_significant_digits(double bytes, string text) => Assert.Equal(text, TopFrame.Bytes(bytes));

    private static IEnumerable<(string[] Path, Command Command)> AllVerbs()
    {
        var context = new CliContext
        {
            Out = TextWriter.Null,
            Error = TextWriter.Null,
            Environment = new Dictionary<string, string>(),
            Time = new FakeTimeProvider(),
            HttpHandler = static () => new SocketsHttpHandler(),
        };
        return Walk([], CommandLine.Build(context));

        static IEnumerable<(string[] Path, Command Command)> Walk(string[] path, Command command) =>
            command.Subcommands.SelectMany(verb => Walk([.. path, verb.Name], verb)).Prepend((path, command));
    }

    private static string Root()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Toka.slnx")))
        {
            directory = Path.GetDirectoryName(directory) ?? throw new InvalidOperationException("Toka.slnx is in no folder above the tests");
        }

        return directory;
    }
}
