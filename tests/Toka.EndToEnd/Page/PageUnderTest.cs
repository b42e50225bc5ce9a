using Microsoft.Playwright;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Page;

/// <summary>A page in the browser that notes what no test of it may see: errors, and requests that leave its origin.</summary>
internal sealed class PageUnderTest : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly List<string> _faults = [];

    private PageUnderTest(IBrowserContext context, IPage page, TokaProcess toka)
    {
        (_context, Page, Toka) = (context, page, toka);
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
            {
                Note($"console: {message.Text}");
            }
        };
        page.PageError += (_, error) => Note($"script: {error}");
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(toka.Url + "/", StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal) && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
            {
                Note($"request to elsewhere: {request.Url}");
            }
        };
        page.WebSocket += (_, socket) =>
        {
            if (!socket.Url.StartsWith(toka.Url.Replace("http://", "ws://", StringComparison.Ordinal) + "/", StringComparison.Ordinal))
            {
                Note($"connection to elsewhere: {socket.Url}");
            }
        };
    }

    public IPage Page { get; }

    public TokaProcess Toka { get; }

    public static async Task<PageUnderTest> OpenAsync(IBrowserContext context, TokaProcess toka, string address)
    {
        var page = await context.NewPageAsync();
        var opened = new PageUnderTest(context, page, toka);
        await page.GotoAsync($"{toka.Url}/{address}");
        await opened.WaitForAsync("a health state from the server", "!document.title.startsWith('Toka')");
        return opened;
    }

    /// <summary>Asks the page again and again until an expression of JavaScript holds.</summary>
    public Task WaitForAsync(string what, string expression) => Toka.WaitForAsync(what, () => Page.EvaluateAsync<bool>(expression));

    /// <summary>Waits until each chart that stands in the window has drawn, or says why it has nothing to draw.</summary>
    public Task WaitForChartsAsync() => WaitForAsync("drawn charts", """
        [...document.querySelectorAll('.stage')].filter((s) => s.getBoundingClientRect().top < innerHeight)
          .every((s) => s.querySelector('.waiting') === null && (s.querySelector('canvas') ?? s.querySelector('.says')) !== null)
        """);

    /// <summary>Keeps the end of each test honest: nothing was wrong while it ran.</summary>
    public void AssertQuiet()
    {
        lock (_faults)
        {
            Assert.Empty(_faults);
        }
    }

    public async ValueTask DisposeAsync() => await _context.DisposeAsync();

    private void Note(string fault)
    {
        lock (_faults)
        {
            _faults.Add(fault);
        }
    }
}
