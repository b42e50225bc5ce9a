using Spectre.Console;
using Spectre.Console.Rendering;
using Toka.Cli.Querying;
using Toka.Core.Errors;

namespace Toka.Cli.Top;

/// <summary>Frames in a terminal, one a second, until q or Ctrl-C. The terminal is as before afterwards.</summary>
internal static class TopScreen
{
    private const string EnterAlternateScreen = "\u001b[?1049h\u001b[H";
    private const string LeaveAlternateScreen = "\u001b[?1049l";
    private static readonly TimeSpan FrameInterval = TimeSpan.FromSeconds(1);

    public static async Task<int> RunAsync(ServerClient server, TimeProvider time, CancellationToken cancellationToken)
    {
        using var quit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);

        // The first frame is asked for before the screen changes: where nothing answers, the error stays readable.
        var first = await TopSource.ReadAsync(server, quit.Token);
        WatchKeys(quit);
        var console = AnsiConsole.Console;
        console.Write(new ControlCode(EnterAlternateScreen));
        try
        {
            await console.Live(Frame(console, first)).Overflow(VerticalOverflow.Crop).StartAsync(async live =>
            {
                using var timer = new PeriodicTimer(FrameInterval, time);
                while (await timer.WaitForNextTickAsync(quit.Token))
                {
                    live.UpdateTarget(await NextAsync(console, server, quit.Token));
                    live.Refresh();
                }
            });
        }
        catch (OperationCanceledException) when (quit.IsCancellationRequested)
        {
            // q or Ctrl-C: what was asked for.
        }
        finally
        {
            console.Write(new ControlCode(LeaveAlternateScreen));
            console.Cursor.Show();
        }

        return ExitStatus.Done;
    }

    private static Rows Frame(IAnsiConsole console, TopSnapshot snapshot) =>
        new Rows(TopFrame.Render(snapshot, console.Profile.Height - 2), new Markup("[grey]q ends it[/]"));

    /// <summary>The next frame; a server that went away is said, and asked again a second later.</summary>
    private static async Task<IRenderable> NextAsync(IAnsiConsole console, ServerClient server, CancellationToken cancellationToken)
    {
        try
        {
            return Frame(console, await TopSource.ReadAsync(server, cancellationToken));
        }
        catch (BadInputException e)
        {
            return new Markup($"[yellow]waiting:[/] {Markup.Escape(e.Message)}\n[grey]q ends it[/]");
        }
    }

    private static void WatchKeys(CancellationTokenSource quit)
    {
        if (Console.IsInputRedirected)
        {
            return;
        }

        // ReadKey blocks; a background thread does not keep the process alive.
        new Thread(() =>
        {
            while (Console.ReadKey(intercept: true).Key is not ConsoleKey.Q)
            {
            }

            try
            {
                quit.Cancel();
            }
            catch (ObjectDisposedException)
            {
                // Ended otherwise meanwhile.
            }
        })
        { IsBackground = true, Name = "toka top keys" }.Start();
    }
}
