throw new Error('thrown by a file');
