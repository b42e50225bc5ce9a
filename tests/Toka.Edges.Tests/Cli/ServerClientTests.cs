using System.Net;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Toka.Cli;

namespace Toka.Edges.Tests.Cli;

public sealed class ServerClientTests : IDisposable
{
    private readonly FakeTimeProvider _time = new(CliRun.Now);
    private readonly StringWriter _out = new();
    private readonly StringWriter _error = new();
    private readonly SlowServer _server = new();
    private readonly CancellationTokenSource _pressed = new();

    public void Dispose()
    {
        _out.Dispose();
        _error.Dispose();
        _server.Dispose();
        _pressed.Dispose();
    }

    [Theory]
    [InlineData("{\"samples\":7}", "7 samples deleted", "delete", "series", "--match", "up")]
    [InlineData("{\"directory\":\"/b/000001\"}", "/b/000001", "backup", "/b")]
    public async Task Work_as_long_as_the_data_is_waited_for_however_long_it_takes(string answer, string expected, params string[] args)
    {
        var run = RunAsync(args);
        await _server.Asked;
        _time.Advance(TimeSpan.FromHours(5));
        Assert.False(_server.IsLeft);
        _server.Answer.SetResult(answer);

        Assert.Equal(0, await run);
        Assert.Contains(expected, _out.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("delete", "series", "--match", "up")]
    [InlineData("backup", "/b")]
    [InlineData("export", "--match", "up")]
    public async Task Who_no_longer_waits_ends_it_on_the_server_too(params string[] args)
    {
        var run = RunAsync(args);
        await _server.Asked;
        await _pressed.CancelAsync();

        Assert.NotEqual(0, await run);
        Assert.True(_server.IsLeft);
    }

    [Fact]
    public async Task A_query_is_given_up_a_little_after_the_server_would_have_ended_it()
    {
        var run = RunAsync("query", "up");
        await _server.Asked;
        _time.Advance(TimeSpan.FromSeconds(129));
        Assert.False(_server.IsLeft);
        _time.Advance(TimeSpan.FromSeconds(1));

        Assert.Equal(2, await run);
        Assert.True(_server.IsLeft);
        Assert.Contains("did not answer within 130 s", _error.ToString(), StringComparison.Ordinal);
    }

    private Task<int> RunAsync(params string[] args) => CommandLine.RunAsync(
        args,
        new CliContext
        {
            Out = _out,
            Error = _error,
            Environment = new Dictionary<string, string>(),
            Time = _time,
            HttpHandler = () => _server,
            OpenOut = static () => new MemoryStream(),
            IsOutTerminal = static () => false,
        },
        _pressed.Token);

    /// <summary>A server that answers when the test says so.</summary>
    private sealed class SlowServer : HttpMessageHandler
    {
        private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task Asked => _asked.Task;

        public TaskCompletionSource<string> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Whether the client hung up.</summary>
        public bool IsLeft { get; private set; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            _asked.TrySetResult();
            try
            {
                var body = await Answer.Task.WaitAsync(cancellationToken);
                return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            }
            catch (OperationCanceledException)
            {
                IsLeft = true;
                throw;
            }
        }
    }
}
