namespace Toka.Simulation.Disk;

/// <summary>What the disk did to the store; each kind is counted.</summary>
internal enum Fault
{
    /// <summary>A read gave back less than was asked for.</summary>
    ShortRead,

    /// <summary>A read failed.</summary>
    ReadError,

    /// <summary>A write put down a part and failed.</summary>
    WriteError,

    /// <summary>The disk was full: a part was put down.</summary>
    NoSpace,

    /// <summary>A cut failed.</summary>
    TruncateError,

    /// <summary>A sync failed; what was not on the disk can still get there.</summary>
    SyncError,

    /// <summary>A sync failed, and the kernel takes what it could not put down for clean: it never gets there.</summary>
    SyncErrorForgotten,

    /// <summary>A file could not be made.</summary>
    CreateError,

    /// <summary>A file could not be opened or mapped.</summary>
    OpenError,

    /// <summary>A name could not be given, changed or removed.</summary>
    NameError,

    /// <summary>A directory could not be synced.</summary>
    DirectorySyncError,

    /// <summary>The process died at a disk operation.</summary>
    Death,

    /// <summary>The power went off at a disk operation.</summary>
    PowerCut,

    /// <summary>A crash came in the middle of a write.</summary>
    TornWrite,

    /// <summary>A power cut took unsynced bytes.</summary>
    LostBytes,

    /// <summary>A power cut took an unsynced name, or brought a removed one back.</summary>
    LostName,

    /// <summary>A bit of a file at rest flipped.</summary>
    BitFlip,
}
