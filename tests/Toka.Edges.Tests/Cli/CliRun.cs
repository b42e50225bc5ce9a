using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toka.Cli;

namespace Toka.Edges.Tests.Cli;

/// <summary>A run of the command within the test's process, against answers that the test gives.</summary>
internal sealed class CliRun
{
    public static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    public required int Status { get; init; }

    public required string Out { get; init; }

    public required string Error { get; init; }

    public required IReadOnlyList<string> Requests { get; init; }

    public static async Task<CliRun> Of(string[] args, Func<string, (HttpStatusCode Status, string Body)>? answer = null, byte[]? input = null)
    {
        await using var output = new StringWriter();
        await using var error = new StringWriter();
        var requests = new List<string>();
        var context = new CliContext
        {
            Out = output,
            Error = TextWriter.Synchronized(error),
            Environment = new Dictionary<string, string>(),
            Time = new FakeTimeProvider(Now),
            OpenIn = () => new MemoryStream(input ?? []),
            HttpHandler = () => answer is null ? new SocketsHttpHandler() : new Answers(answer, requests),
        };
        var status = await CommandLine.RunAsync(args, context, TestContext.Current.CancellationToken);
        return new CliRun { Status = status, Out = output.ToString(), Error = error.ToString(), Requests = requests };
    }

    private sealed class Answers(Func<string, (HttpStatusCode Status, string Body)> answer, List<string> requests) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var form = request.Content is null ? "" : WebUtility.UrlDecode(await request.Content.ReadAsStringAsync(cancellationToken));
            var asked = $"{request.Method} {request.RequestUri!.PathAndQuery} {form}".TrimEnd();
            requests.Add(asked);
            var (status, body) = answer(asked);
            return new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        }
    }
}
