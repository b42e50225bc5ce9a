using Microsoft.Playwright;
using Toka.Tests.Shared;

namespace Toka.EndToEnd.Page;

/// <summary>One browser and one server for all tests of the page. Both start with the first test that asks for them.</summary>
public sealed class PageFixture : IAsyncDisposable
{
    /// <summary>A rule that fires at once on every host, so that there is an alert to look at.</summary>
    private const string Configuration = """
        alerting:
          rules:
            - name: always_there
              metric: count(node_cpu_seconds_total{job="node",mode="idle"})
              above: 0.5
              for: 0s
              severity: low
        """;

    private readonly TemporaryDirectory _data = new();
    private IPlaywright? _playwright;
    private IBrowser? _browser;
    private TokaProcess? _toka;

    /// <summary>Where screenshots are kept for people to look at.</summary>
    public static string Screenshots { get; } = Path.Combine(Root(), "artifacts", "screenshots");

    /// <summary>The server that the tests share.</summary>
    internal async Task<TokaProcess> ServerAsync() =>
        _toka ??= await TokaProcess.StartAsync(_data.Path, _data.File("toka.yaml", Configuration));

    /// <summary>Opens a page of the shared server, or of another one; skips the test where there is no browser.</summary>
    internal async Task<PageUnderTest> OpenAsync(
        string address = "#/overview", int width = 1280, int height = 900, ColorScheme scheme = ColorScheme.Dark, TokaProcess? server = null)
    {
        var browser = await BrowserAsync();
        var toka = server ?? await ServerAsync();
        var context = await browser.NewContextAsync(new() { ViewportSize = new() { Width = width, Height = height }, ColorScheme = scheme });
        return await PageUnderTest.OpenAsync(context, toka, address);
    }

    /// <summary>The browser, started when it is not; a test that measures calls this before its clock runs.</summary>
    internal async Task<IBrowser> BrowserAsync()
    {
        if (_browser is not null)
        {
            return _browser;
        }

        _ = TokaProcess.Binary;
        var path = new[] { Environment.GetEnvironmentVariable("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser" }.FirstOrDefault(File.Exists);
        if (path is null)
        {
            Assert.Skip("no Chromium: apt-get install chromium, or name one by the environment variable CHROMIUM");
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new()
        {
            ExecutablePath = path,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
                "--disable-background-networking", "--disable-component-update", "--disable-sync",
            ],
        });
        return _browser;
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
        if (_toka is not null)
        {
            await _toka.DisposeAsync();
        }

        _data.Dispose();
    }

    private static string Root()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Toka.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? AppContext.BaseDirectory;
    }
}
