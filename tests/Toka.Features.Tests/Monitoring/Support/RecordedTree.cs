namespace Toka.Features.Tests.Monitoring.Support;

/// <summary>Finds the tree that lies beside the tests' sources.</summary>
internal static class RecordedTree
{
    public static string Path(string part)
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(System.IO.Path.Combine(folder.FullName, "Toka.slnx")))
        {
            folder = folder.Parent;
        }

        Assert.SkipWhen(folder is null, "The tests do not run inside the repository, where the recorded tree lies.");
        return System.IO.Path.Combine(folder!.FullName, "tests/Toka.Features.Tests/Monitoring/Tree", part);
    }
}
